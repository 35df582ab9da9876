"""How the pipeline gets on: its state, its batches, and how long records take.

Each batch's last commit, the ledger's, says when the batch began, how long each stage took and when each ended
(`engines/stages.py`); a record's own times, of receipt and of its commit to bronze, are in bronze.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.formats import rows_of
from rtlakehouse.api.health.endpoints import engine_part
from rtlakehouse.api.pipeline import queries
from rtlakehouse.api.pipeline.schemas import Latency, Pipeline
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import Commit, newest, read_commit
from rtlakehouse.storage.pause import read_pause
from rtlakehouse.storage.progress import read_progress

__all__ = ["LATENCY_TABLES", "batches", "latency", "state_of"]

_STATES = {"ok": "running", "degraded": "paused", "down": "down"}
_LEDGER, _BRONZE = "ops.ledger", "bronze.events"
LATENCY_TABLES = (_BRONZE, _LEDGER)
# Records that percentiles are made of at most: a second's work, and plenty for a 99th percentile.
_MOST_RECORDS = 200_000
# A record's time in bronze is taken just before its commit appears.
_JUST_BEFORE = timedelta(seconds=10)
_ORDER = ("received to bronze", "bronze to silver", "silver to gold", "gold to readable", "received to readable")


def state_of(parts: Parts) -> Pipeline:
    """This moment, by what the engine says of itself and by the tables' logs."""
    progress = read_progress(parts.lake)
    pause = read_pause(parts.lake)
    engine = engine_part(parts)
    snapshot = parts.catalog.latest
    shown = {**snapshot.versions, _BRONZE: snapshot.processed}
    found = {name: newest(parts.lake.path(name)) for name in TABLES}
    return Pipeline.model_validate(
        {
            "state": _STATES[engine.status],
            "why": engine.why,
            "pause": msgspec.to_builtins(pause) if pause else None,
            "engine": progress and progress.engine,
            "trigger_s": progress and progress.trigger_s,
            "input_per_s": progress and progress.input_per_s,
            "processed_per_s": progress and progress.processed_per_s,
            "last_batch": progress and progress.batch,
            "last_batch_records": progress and progress.received,
            "last_batch_at": progress and progress.at,
            "waiting_records": progress and progress.waiting,
            "behind_ms": parts.catalog.behind_ms(),
            "stages": [{"name": n, "seconds": s} for n, s in progress.stage_seconds.items()] if progress else [],
            "tables": [
                {"name": n, "version": v, "shown": shown[n], "lag_versions": max(0, v - shown[n])} for n, v in found.items()
            ],
        }
    )


def batches(lake: Lake, found: pa.Table) -> list[dict[str, Any]]:
    """Rows of the ledger by batch, each with the timing that its commit has."""
    rows = rows_of(found)
    for row in rows:
        row["versions"] = msgspec.json.decode(row["versions"], type=dict[str, int])
        row["timing"] = _timing_of(lake.path(_LEDGER), row["versions"], row["batch"])
    return rows


def _timing_of(ledger: Path, versions: dict[str, int], batch: int) -> dict[str, Any] | None:
    """The timing in the commit that followed the version that the ledger had when the batch was at its end."""
    commit = read_commit(ledger, versions.get(_LEDGER, -1) + 1)
    if commit is None or batch not in commit.transactions.values():
        return None
    return commit.metadata.get("timing")


def latency(lake: Lake, reading: Reading, most_batches: int) -> Latency:
    """Percentiles over the records of the newest batches; of fewer where these hold more records than are looked at."""
    chosen = list(_newest(lake.path(_LEDGER), reading.snapshot.versions[_LEDGER], most_batches))
    found = _measured(lake, reading, chosen) if chosen else {}
    none = {"records": 0, "p50_us": None, "p90_us": None, "p99_us": None, "max_us": None}
    stages = [{"stage": stage, **none, **found.get(stage, {})} for stage in _ORDER]
    return Latency.model_validate({"batches": len(chosen), "records": stages[-1]["records"], "stages": stages})


def _newest(ledger: Path, version: int, most: int) -> Iterator[Commit]:
    """The ledger's commits that have timings, the newest first, as many as are looked at."""
    found, records = 0, 0
    while found < most and records < _MOST_RECORDS and (commit := read_commit(ledger, version)) is not None:
        version -= 1
        if "timing" in commit.metadata:
            found += 1
            records += commit.metadata.get("received", 0)
            yield commit


def _measured(lake: Lake, reading: Reading, chosen: list[Commit]) -> dict[str, dict[str, Any]]:
    timings = pa.table(
        {
            "batch": pa.array([_batch_of(commit) for commit in chosen], pa.int64()),
            **{f"{stage}_at": pa.array([_ended(commit, stage) for commit in chosen]) for stage in ("silver", "gold")},
            "readable_at": pa.array([_naive(commit.timestamp) for commit in chosen]),
        }
    )
    batch = Range("batch", _batch_of(chosen[-1]), _batch_of(chosen[0]))
    # What is in these batches came into bronze after what the batch before them had.
    before = read_commit(lake.path(_BRONZE), chosen[-1].metadata["after"])
    since = Range("ingested_at", before.timestamp - _JUST_BEFORE if before else None, None)
    rows = reading.snapshot.query(
        queries.LATENCY, {"tenant": reading.tenant_id}, timings=timings, ledger=(_LEDGER, batch), bronze=(_BRONZE, since)
    )
    return {row["stage"]: row for row in rows.to_pylist()}


def _batch_of(commit: Commit) -> int:
    return int(commit.metadata["versions"][_BRONZE])


def _ended(commit: Commit, stage: str) -> datetime:
    return _naive(datetime.fromisoformat(commit.metadata["timing"]["ended"][stage]))


def _naive(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None)
