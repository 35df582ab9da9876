"""The embedded engine: bronze to silver to gold to ledger, one batch at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.clock import Clock
from rtlakehouse.contract.contract import load
from rtlakehouse.contract.refine import Limits, Refined, connect, refine
from rtlakehouse.engines.base import GOLD_APPLICATION, LEDGER_APPLICATION, SILVER_APPLICATION, Batch, StepResult
from rtlakehouse.engines.embedded.batches import BronzeReader
from rtlakehouse.engines.embedded.dedupe import Deduper, Deduplicated
from rtlakehouse.engines.embedded.ledger import ledger_rows
from rtlakehouse.engines.embedded.silver_reader import SilverReader
from rtlakehouse.engines.embedded.windows import WindowState
from rtlakehouse.errors import InvariantError
from rtlakehouse.failpoints import failpoint
from rtlakehouse.medallion.graph import GOLD, SIBLINGS, TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.live import LiveFiles
from rtlakehouse.storage.log import Commit, read_commit
from rtlakehouse.storage.predicates import window_predicate

__all__ = ["EmbeddedEngine", "EngineOptions"]

_SILVER = "silver.events"
_LEDGER = "ops.ledger"


@dataclass(frozen=True)
class EngineOptions:
    """What of the settings the engine needs. max_ids, max_members: what its caches of silver may hold."""

    limits: Limits
    dedupe_window: timedelta
    max_batch_events: int
    threads: int
    memory_mb: int
    max_ids: int
    max_members: int


class EmbeddedEngine:
    """See `engines.base.Engine` for what it promises."""

    def __init__(self, lake: Lake, clock: Clock, options: EngineOptions) -> None:
        self._lake = lake
        self._clock = clock
        self._options = options
        self._connection = _connect(lake, options)
        self._kernel = connect(options.threads)
        self._contract = load()
        self._writers = {name: lake.writer(name) for name in TABLES if name != "bronze.events"}
        self._live = LiveFiles(lake.path(_SILVER))
        self._silver = SilverReader(lake.path(_SILVER), self._live)
        self._unseen: frozenset[str] = frozenset()
        self._deduper = Deduper(self._connection, options.dedupe_window, self._ids_before_batch, options.max_ids)
        self._windows = WindowState(self._connection, GOLD, options.max_members)
        self._bronze = BronzeReader(lake.path("bronze.events"), self.done, options.max_batch_events)
        self._pool = ThreadPoolExecutor(max(len(GOLD), len(SIBLINGS)), thread_name_prefix="commit")
        self._seconds: dict[str, float] = {}

    @property
    def waiting_events(self) -> int:
        """Events in bronze that are not in the ledger yet, as of the last step."""
        return self._bronze.waiting_events

    @property
    def done(self) -> int:
        return self._writers[_LEDGER].progress(LEDGER_APPLICATION) or 0

    def recover(self) -> StepResult | None:
        upto = max(self._writers[t.name].progress(SILVER_APPLICATION) or 0 for t in SIBLINGS)
        if upto > self.done:
            self._unseen = self._files_of(upto)
            batch = self._bronze.next(upto)
            if batch is None or batch.upto != upto:
                raise InvariantError(f"silver holds bronze up to version {upto}, which bronze does not have. Run `rtl verify`.")
            return self._process(batch)
        return None

    def step(self) -> StepResult | None:
        batch = self._bronze.next()
        return None if batch is None else self._process(batch)

    def reopen(self) -> None:
        for writer in self._writers.values():
            writer.reopen()
        for _ in self._live.advance():
            pass

    def close(self) -> None:
        """Let go of threads and memory."""
        self._pool.shutdown()
        self._connection.close()
        self._kernel.close()

    def _process(self, batch: Batch) -> StepResult:
        self._seconds = {}
        with self._timed("refine"):
            refined = refine(batch.records, self._contract, self._options.limits, self._kernel)
        with self._timed("dedupe"):
            deduplicated = self._deduper.split(refined.accepted)
        with self._timed("silver"):
            self._commit_silver(batch, refined, deduplicated)
        with self._timed("gold"):
            self._commit_gold(deduplicated.kept)
        with self._timed("ledger"):
            versions = {name: writer.version for name, writer in self._writers.items()} | {"bronze.events": batch.upto}
            self._commit_ledger(batch, refined, deduplicated, versions)
        return self._result(batch, refined, deduplicated, versions)

    def _commit_silver(self, batch: Batch, refined: Refined, deduplicated: Deduplicated) -> None:
        failpoint("before_silver_commit")
        data = {_SILVER: deduplicated.kept, "silver.quarantine": refined.rejected, "silver.duplicates": deduplicated.duplicates}
        metadata = {"bronze_after": batch.after, "bronze_upto": batch.upto}
        due = [name for name, rows in data.items() if rows.num_rows and not self._has(name, batch.upto)]
        commits = self._in_parallel(
            due,
            lambda name: self._writers[name].append(data[name], SILVER_APPLICATION, batch.upto, metadata),
            "after_one_silver_sibling",
        )
        failpoint("after_silver_commit")
        self._in_parallel(due, lambda name: self._writers[name].seal(commits[name]), None)
        failpoint("after_silver_seal")
        self._deduper.remember(deduplicated)

    def _commit_gold(self, events: pa.Table) -> None:
        touched = _minutes(events)
        if not touched:
            return
        newest_before = self._silver.newest_minute(self._unseen)
        own = frozenset(file.path for commit in self._live.advance() for file in commit.adds)
        self._load_windows([window for window in touched if newest_before and window <= newest_before], own | self._unseen)
        self._windows.add(events)
        self._unseen = frozenset()
        self._replace(touched, newest_before)
        self._windows.shrink()

    def _load_windows(self, windows: list[datetime], excluding: frozenset[str]) -> None:
        """Bring windows into the state that had events before this batch and are not in it."""
        if missing := self._windows.missing(windows):
            self._windows.add(self._silver.events_of(missing, excluding))

    def _replace(self, windows: Sequence[datetime], newest_before: datetime | None) -> None:
        rows = self._windows.rows(windows)
        predicate = window_predicate(windows, newest_before)
        silver_version = self._live.version
        metadata = {"silver_version": silver_version, "windows": len(windows)}
        failpoint("before_gold_commit")
        due = [name for name in rows if (self._writers[name].progress(GOLD_APPLICATION) or 0) < silver_version]
        commits = self._in_parallel(
            due,
            lambda name: self._writers[name].replace(rows[name], predicate, GOLD_APPLICATION, silver_version, metadata),
            "after_one_gold_table",
        )
        failpoint("after_gold_commit")
        self._in_parallel(due, lambda name: self._writers[name].seal(commits[name]), None)

    def _commit_ledger(self, batch: Batch, refined: Refined, deduplicated: Deduplicated, versions: dict[str, int]) -> None:
        failpoint("before_ledger_commit")
        rows = ledger_rows(self._connection, batch, refined, deduplicated, versions, self._clock.now())
        writer = self._writers[_LEDGER]
        commit = writer.append(rows, LEDGER_APPLICATION, batch.upto, {"versions": versions})
        writer.seal(commit)
        failpoint("after_ledger_commit")

    def _in_parallel(self, names: Sequence[str], do: Callable[[str], Any], between: str | None) -> dict[str, Any]:
        """Do it for each table in a thread of its own; the first error is raised when all have ended."""
        futures = {name: self._pool.submit(self._then, do, name, between) for name in names}
        return {name: future.result() for name, future in futures.items()}

    @staticmethod
    def _then(do: Callable[[str], Any], name: str, between: str | None) -> Any:
        result = do(name)
        if between:
            failpoint(between)
        return result

    def _has(self, name: str, upto: int) -> bool:
        return (self._writers[name].progress(SILVER_APPLICATION) or 0) >= upto

    def _files_of(self, upto: int) -> frozenset[str]:
        """Files that silver.events got in the interrupted batch: its dedupe and its windows must not see them as earlier."""
        found: list[str] = []
        for version in range(self._live.version, -1, -1):
            commit: Commit | None = read_commit(self._lake.path(_SILVER), version)
            if commit is None or (commit.data_change and commit.transactions.get(SILVER_APPLICATION) != upto):
                break
            found += [file.path for file in commit.adds if commit.data_change]
        return frozenset(found)

    def _ids_before_batch(self, day: date) -> pa.Table:
        return self._silver.ids_of(day, self._unseen)

    def _result(self, batch: Batch, refined: Refined, deduplicated: Deduplicated, versions: dict[str, int]) -> StepResult:
        kept = deduplicated.kept
        return StepResult(
            upto=batch.upto,
            received=batch.records.num_rows,
            accepted=kept.num_rows,
            duplicates=deduplicated.duplicates.num_rows,
            quarantined=refined.rejected.num_rows,
            late=pc.sum(kept["is_late"]).as_py() or 0,
            max_event_time=pc.max(kept["event_time"]).as_py(),
            versions=versions,
            stage_seconds=self._seconds,
        )

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self._seconds[stage] = time.perf_counter() - start


def _connect(lake: Lake, options: EngineOptions) -> duckdb.DuckDBPyConnection:
    spill = lake.control / "cache"
    spill.mkdir(parents=True, exist_ok=True)
    return duckdb.connect(
        config={
            "threads": options.threads,
            "memory_limit": f"{options.memory_mb}MB",
            "temp_directory": str(spill),
        }
    )


def _minutes(events: pa.Table) -> list[datetime]:
    return sorted(pc.unique(pc.floor_temporal(events["event_time"], unit="minute")).to_pylist())
