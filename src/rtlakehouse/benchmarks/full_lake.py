"""A lake of ten million events, served while more come in: the time of answers, and the memory of everything."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale, percentile
from rtlakehouse.benchmarks.file_to_gold import RATE, replay
from rtlakehouse.benchmarks.lakehouse import Lakehouse, running
from rtlakehouse.benchmarks.workload import write_events
from rtlakehouse.errors import RtlError
from rtlakehouse.storage.lake import Lake

__all__ = ["FULL_LAKE"]

_AGGREGATE = "select event_type, count(*), sum(price * quantity) from {events} group by event_type"
_SQL_RUNS = 20


@dataclass(frozen=True)
class _Question:
    """A read: its path, and its parameters drawn anew each time, so that no answer is one that was given before."""

    path: str
    draw: Callable[[random.Random, datetime, datetime], Mapping[str, Any]] = field(default=lambda *_: {})


def _hour(dice: random.Random, start: datetime, end: datetime) -> dict[str, Any]:
    return _range(dice, start, end, timedelta(hours=1))


def _day(dice: random.Random, start: datetime, end: datetime) -> dict[str, Any]:
    return _range(dice, start, end, timedelta(days=1))


def _range(dice: random.Random, start: datetime, end: datetime, length: timedelta) -> dict[str, Any]:
    minutes = max(0, int((end - start - length) / timedelta(minutes=1)))
    first = start + timedelta(minutes=dice.randint(0, minutes))
    return {"from": first.isoformat(), "to": min(end, first + length).isoformat()}


QUESTIONS = (
    _Question("kpis/latest"),
    _Question("kpis/series", _hour),
    _Question("kpis/series", _day),
    _Question("kpis/series", lambda *range_: _hour(*range_) | {"step": "5m"}),
    _Question("kpis/revenue", _hour),
    _Question("kpis/products/top", _hour),
    _Question("kpis/segments/country", _hour),
    _Question("windows", _hour),
    _Question("ledger/balance"),
)


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    start = datetime.now(UTC) - timedelta(seconds=scale.lake_events / RATE)
    lines = folder / "events.jsonl"
    write_events(lines, scale.lake_events, start, RATE)
    received, seconds = replay(lines, folder / "lake")
    lines.unlink()
    yield Figure("full_lake_ingest", f"file to gold, {received:,} events", received / seconds, "events/s", 150_000, True)
    yield from _served(folder / "lake", scale, start)
    yield from _sql(folder / "lake")


def _served(lake: Path, scale: Scale, start: datetime) -> Iterator[Figure]:
    end = start + timedelta(seconds=scale.lake_events / RATE)
    with running(lake, simulate_rate=300) as lakehouse:
        dice = random.Random(1)
        timed = {f"{q.path} {n}": _timed(lakehouse, q, scale.queries, dice, start, end) for n, q in enumerate(QUESTIONS)}
        known = _timed_known(lakehouse, scale.queries)
        memory = lakehouse.memory_mb()
    every = [seconds for found in timed.values() for seconds in found]
    slowest = [Limit(name, percentile(found, 99) * 1000, "ms p99") for name, found in timed.items()]
    what = "a KPI answer while events come in"
    yield Figure("query_p50", f"{what}, p50", percentile(every, 50) * 1000, "ms")
    yield Figure("query_p99", f"{what}, p99", percentile(every, 99) * 1000, "ms", 50, beside=slowest)
    yield Figure("not_modified_p99", "an answer that is known already (304), p99", percentile(known, 99) * 1000, "ms", 5)
    parts = [Limit(name, found, "MB") for name, found in memory.items()]
    yield Figure("memory", "memory of everything that runs", sum(memory.values()), "MB", 1_500, beside=parts)


def _timed(
    lakehouse: Lakehouse, question: _Question, times: int, dice: random.Random, start: datetime, end: datetime
) -> list[float]:
    seconds = []
    for _ in range(times):
        parameters = question.draw(dice, start, end)
        began = time.perf_counter()
        lakehouse.client.get(f"/api/v1/{question.path}", params=parameters).raise_for_status()
        seconds.append(time.perf_counter() - began)
    return seconds


def _timed_known(lakehouse: Lakehouse, times: int) -> list[float]:
    """Reads of a version that stays what it is, by one who has it."""
    versions = lakehouse.client.get("/api/v1/kpis/revenue").headers["X-Lake-Versions"]
    path, parameters = "/api/v1/kpis/revenue", {"as_of": versions}
    tag = lakehouse.client.get(path, params=parameters).raise_for_status().headers["ETag"]
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        answer = lakehouse.client.get(path, params=parameters, headers={"If-None-Match": tag})
        seconds.append(time.perf_counter() - began)
        if answer.status_code != 304:
            raise RtlError(f"What is known already was answered {answer.status_code}.")
    return seconds


def _sql(root: Path) -> Iterator[Figure]:
    asked = {"sql": _AGGREGATE.format(events="silver.events")}
    with running(root) as lakehouse:
        # Another limit each time, so that no answer is one that was given before.
        limits = iter(range(10, 10 + _SQL_RUNS))
        ours = [_seconds(lambda: lakehouse.post("query", asked, limit=next(limits))) for _ in range(_SQL_RUNS)]
    lake = Lake.open(root)
    connection = duckdb.connect(config={"threads": 2})
    files = [str(lake.path("silver.events") / path) for path in lake.files("silver.events")]
    plain = _AGGREGATE.format(events=f"read_parquet({files}, hive_partitioning = false)")
    alone = [_seconds(lambda: connection.sql(plain).fetchall()) for _ in range(_SQL_RUNS)]
    beside = [Limit("DuckDB alone over the same files, p50", percentile(alone, 50) * 1000, "ms")]
    yield Figure("sql_p50", "SQL, one aggregate over all of silver, p50", percentile(ours, 50) * 1000, "ms", 100, beside=beside)


def _seconds(do: Callable[[], Any]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


FULL_LAKE = Benchmark("lake", "serve a lake of ten million events while more come in", _measure)
