"""What is sent to the programs under test, and whether a lake holds what it must."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import oracle
from faults.programs import PATIENCE_S, Program, Programs, until
from rtlakehouse.engines.base import LEDGER_APPLICATION
from rtlakehouse.ingest.appender import BronzeAppender
from rtlakehouse.simulate.dirt import Dirt, Records
from rtlakehouse.simulate.model import ShopModel, Shoppers
from rtlakehouse.simulate.report import Report
from rtlakehouse.storage.lake import Lake
from running import broken
from shapes import bronze_rows, found_in

# Much more of everything unusual than real streams have.
DIRTY = Dirt(malformed=0.03, duplicates=0.05, late=0.05, out_of_order=0.05)

# Makes everything an engine does happen within a second: batches of a few commits, upkeep after every second one.
HURRIED = {
    "trigger_ms": 1,
    "max_batch_events": 20,
    "compact_files": 2,
    "log_commits": 100,
    "snapshot_every_s": 0,
    "engine_threads": 1,
    "log_level": "debug",
}


def shop(seed: int, count: int, spacing_ms: int = 100) -> tuple[list[bytes], Report]:
    """The records of simulated shoppers, the last one sent now, and what they are."""
    records = Records(Shoppers(ShopModel(), seed, visitors=20), DIRTY, seed)
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    return [records.next(now_ms - (count - i) * spacing_ms) for i in range(count)], records.report


def lines(path: Path, sent: Sequence[bytes]) -> Path:
    """A file of JSON lines."""
    path.write_bytes(b"".join(record + b"\n" for record in sent))
    return path


def commit(lake: Lake, sent: Sequence[bytes], size: int = 10) -> None:
    """Bronze commits of `size` of these records that are not there yet; a record's position is its place among them."""
    appender = BronzeAppender(lake, "memory")
    now = datetime.now(UTC)
    for first in range(appender.progress + 1, len(sent), size):
        rows = [oracle.Record(raw, i, None, now) for i, raw in enumerate(sent[first : first + size], first)]
        appender.append(bronze_rows(rows), rows[-1].position)


def received(lake: Lake) -> list[oracle.Record]:
    """What is in bronze, by partition and position."""
    names = ("raw", "position", "received_at", "ingested_at", "tenant_id", "source", "topic", "partition")
    rows = lake.read("bronze.events").sort_by([(n, "ascending") for n in ("source", "topic", "partition", "position")])
    return [oracle.Record(*(row[name] for name in names)) for row in rows.to_pylist()]


def assert_right(lake: Lake) -> None:
    """Every promise of the lake holds, and its tables are what the oracle makes of its bronze."""
    assert broken(lake) == []
    assert found_in(lake) == oracle.run(received(lake))


def is_refined(lake: Lake) -> bool:
    """Whether everything in bronze is in the ledger."""
    done = lake.writer("ops.ledger").progress(LEDGER_APPLICATION) or 0
    return not lake.has_data_after("bronze.events", done)


def start_engine(
    programs: Programs, root: Path, settings: Mapping[str, object] | None = None, patience_s: float = PATIENCE_S
) -> Program:
    """`rtl run`, as soon as it runs."""
    engine = programs.start("run", lake=root, settings=settings)
    until(lambda: not engine.running or "the engine runs" in engine.said, "the engine does not start", patience_s)
    assert engine.running, engine.said[-3000:]
    return engine


def drain(programs: Programs, lake: Lake) -> None:
    """Run an engine, without failpoints, until nothing of bronze waits."""
    engine = start_engine(programs, lake.root)
    until(lambda: not engine.running or is_refined(lake), f"the engine does not get through bronze\n{engine.said[-2000:]}")
    engine.stop()
