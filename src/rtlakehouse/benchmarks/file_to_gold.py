"""Replaying a file: JSON lines into all tables of the lake, beside DuckDB alone doing the least that could be called the same."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale
from rtlakehouse.benchmarks.workload import write_events
from rtlakehouse.environment import child_environment

__all__ = ["FILE_TO_GOLD", "replay"]

_START = datetime(2026, 11, 24, tzinfo=UTC)
# 300 events a second is what the architecture overview's producer sends at most; more a second would make fewer windows of them.
RATE = 300.0
_DUCKDB = """
    copy (select * from read_json('{source}', format = 'newline_delimited') qualify row_number() over (partition by event_id) = 1)
    to '{target}' (format parquet)
"""


def replay(path: Path, lake: Path, mapping: Path | None = None) -> tuple[int, float]:
    """Run `rtl ingest` on a file, as a user does: records in the ledger, and seconds from start to end of the process."""
    command = [sys.executable, "-m", "rtlakehouse", "ingest", str(path), "--lake", str(lake), "--json"]
    command += ["--mapping", str(mapping)] if mapping else []
    started = time.perf_counter()
    ended = subprocess.run(command, env=child_environment(), stdout=subprocess.PIPE, check=True)
    seconds = time.perf_counter() - started
    return int(json.loads(ended.stdout)[0]["received"]), seconds


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    lines = folder / "events.jsonl"
    write_events(lines, scale.file_events, _START, RATE)
    received, seconds = replay(lines, folder / "lake")
    alone = _duckdb_alone(lines, folder / "alone.parquet")
    beside = [Limit("DuckDB alone reads, dedupes, writes one Parquet file", scale.file_events / alone, "events/s")]
    yield Figure("file_to_gold", "file to gold, all tables", received / seconds, "events/s", 150_000, True, beside)
    yield Figure("file_to_gold_ratio", "its time as a multiple of DuckDB alone", seconds / alone, "x", 2.5)


def _duckdb_alone(source: Path, target: Path) -> float:
    connection = duckdb.connect(config={"threads": 2})
    started = time.perf_counter()
    connection.execute(_DUCKDB.format(source=source, target=target))
    connection.close()
    return time.perf_counter() - started


FILE_TO_GOLD = Benchmark("file", "replay a file of JSON lines", _measure)
