"""`rtl consume` as the tests run it, and what it has stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from faults.programs import Program, Programs, until
from kafka.broker import Broker
from rtlakehouse.ingest.kafka_status import SourceStatus, read_status
from rtlakehouse.storage.lake import Lake


def start_consumer(
    programs: Programs, root: Path, broker: Broker, topic: str, *flags: str, settings: Mapping[str, object] | None = None
) -> Program:
    """`rtl consume`, as soon as it reads or has ended."""
    consumer = programs.start("consume", "--kafka", broker.address, "--topic", topic, *flags, lake=root, settings=settings)
    until(lambda: not consumer.running or "the consumer reads" in consumer.said, f"it does not read\n{consumer.said[-2000:]}")
    return consumer


def stored(lake: Lake) -> int:
    """Records in bronze, by what its log says of its files."""
    return sum(file.rows for file in lake.files("bronze.events").values())


def wait_for(lake: Lake, records: int, consumer: Program) -> None:
    """Return once bronze holds so many records."""
    until(lambda: not consumer.running or stored(lake) >= records, f"{stored(lake)} of {records}\n{consumer.said[-2000:]}")
    assert stored(lake) == records, consumer.said[-2000:]


def consumed(programs: Programs, lake: Lake, broker: Broker, topic: str, records: int, *flags: str) -> None:
    """Run a consumer until bronze holds so many records."""
    consumer = start_consumer(programs, lake.root, broker, topic, *flags)
    wait_for(lake, records, consumer)
    consumer.stop()


def rows(lake: Lake) -> list[dict[str, Any]]:
    """Bronze by stream, partition and position."""
    keys = [(name, "ascending") for name in ("topic", "partition", "position")]
    found: list[dict[str, Any]] = lake.read("bronze.events").sort_by(keys).to_pylist()
    return found


def positions(lake: Lake) -> dict[tuple[str, int], list[int]]:
    """The positions of each stream and partition in bronze."""
    found: dict[tuple[str, int], list[int]] = {}
    for row in rows(lake):
        found.setdefault((row["topic"], row["partition"]), []).append(row["position"])
    return found


def status_of(lake: Lake) -> SourceStatus:
    """What the consumer says of itself; nothing yet where it has said nothing."""
    return read_status(lake) or SourceStatus(datetime.now(UTC), "")
