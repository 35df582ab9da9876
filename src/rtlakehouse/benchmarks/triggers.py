"""The time of a trigger while the lake grows: it may depend on the events of the batch and on nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from rtlakehouse.assembly import make_pipeline
from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale, percentile
from rtlakehouse.benchmarks.workload import batches_of, write_events
from rtlakehouse.clock import SystemClock
from rtlakehouse.ingest.appender import BronzeAppender
from rtlakehouse.ingest.records import records
from rtlakehouse.medallion.bronze import EVENTS
from rtlakehouse.settings import load_settings
from rtlakehouse.storage.lake import Lake

__all__ = ["TRIGGERS"]

_EVENTS = 30
_RATE = 300.0
_COMMITS = 50


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    lines = folder / "events.jsonl"
    write_events(lines, scale.triggers * _EVENTS, datetime.now(UTC), _RATE)
    seconds = _triggers(folder / "lake", lines)
    tenth = len(seconds) // 10
    first, last = fmean(seconds[:tenth]), fmean(seconds[-tenth:])
    bare = Limit("a bare delta-rs commit of the same rows, p50", _bare_commit(folder / "bare", lines) * 1000, "ms")
    what = f"of {len(seconds):,} triggers of {_EVENTS} events"
    yield Figure("trigger_p50", f"time {what}, upkeep included, p50", percentile(seconds, 50) * 1000, "ms", beside=[bare])
    yield Figure("trigger_growth", f"last tenth {what} against the first", last / first, "x", 1.2)


def _triggers(root: Path, lines: Path) -> list[float]:
    """Seconds of each trigger: a batch refined into all tables, with its share of upkeep. Bronze is filled outside the time."""
    lake, clock = Lake.create(root), SystemClock()
    appender = BronzeAppender(lake, "benchmark")
    pipeline = make_pipeline(load_settings(lake=root), lake, clock)
    pipeline.recover()
    seconds = []
    for number, body in enumerate(batches_of(lines, _EVENTS)):
        appender.append(_rows(body, number), number)
        if number % _COMMITS == 0:
            appender.reopen()
        started = time.perf_counter()
        pipeline.step()
        seconds.append(time.perf_counter() - started)
    return seconds


def _rows(body: bytes, number: int) -> pa.Table:
    now = datetime.now(UTC)
    return records(
        body.splitlines(),
        tenant_id="default",
        source="memory",
        topic="benchmark",
        partition=0,
        first_position=number * _EVENTS,
        received_at=now,
        ingested_at=now,
    )


def _bare_commit(path: Path, lines: Path) -> float:
    """Seconds of one append by delta-rs alone, which makes nothing durable: no fsync."""
    handle = DeltaTable.create(path, EVENTS.schema)
    seconds = []
    for number, body in zip(range(_COMMITS), batches_of(lines, _EVENTS), strict=False):
        rows = EVENTS.conform(_rows(body, number))
        started = time.perf_counter()
        write_deltalake(handle, rows, mode="append")
        seconds.append(time.perf_counter() - started)
    return percentile(seconds, 50)


TRIGGERS = Benchmark("triggers", "let one lake grow by thousands of small batches", _measure)
