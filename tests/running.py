"""A lake in a temporary directory, and an engine on it, as the tests drive them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

import oracle
from rtlakehouse.clock import Clock, SystemClock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.engines.base import Engine
from rtlakehouse.engines.embedded.engine import EmbeddedEngine, EngineOptions
from rtlakehouse.ingest.appender import BronzeAppender
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.verify import Finding, verify
from shapes import bronze_rows

OPTIONS = EngineOptions(
    limits=Limits(),
    dedupe_window=timedelta(hours=24),
    max_batch_events=1_000,
    threads=1,
    memory_mb=256,
    max_ids=1_000_000,
    max_members=1_000_000,
)


def engine_on(lake: Lake, clock: Clock | None = None, **options: Any) -> EmbeddedEngine:
    """A fresh engine, recovered."""
    engine = EmbeddedEngine(lake, clock or SystemClock(), replace(OPTIONS, **options))
    engine.recover()
    return engine


def drain(engine: Engine) -> None:
    while engine.step() is not None:
        pass


def append(lake: Lake, records: Sequence[oracle.Record], application: str = "memory") -> None:
    """One bronze commit of these records."""
    append_rows(lake, bronze_rows(records), application)


def append_rows(lake: Lake, rows: pa.Table, application: str = "memory") -> None:
    appender = BronzeAppender(lake, application)
    appender.append(rows, appender.progress + 1)


def lake_with(path: Path, commits: Sequence[Sequence[oracle.Record]]) -> Lake:
    """A lake whose bronze has these commits, all of them refined."""
    lake = Lake.create(path)
    for records in commits:
        append(lake, records)
    engine = engine_on(lake)
    drain(engine)
    engine.close()
    return lake


def broken(lake: Lake) -> list[Finding]:
    """The promises that do not hold."""
    return [finding for finding in verify(lake, OPTIONS.dedupe_window) if not finding.holds]
