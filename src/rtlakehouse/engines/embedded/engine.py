"""The embedded engine: bronze to silver to gold to ledger, one batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.clock import Clock
from rtlakehouse.contract.contract import load
from rtlakehouse.contract.floors import Floors
from rtlakehouse.contract.refine import Limits, Refined, Refiner
from rtlakehouse.engines.base import Batch, StepResult
from rtlakehouse.engines.commits import Commits
from rtlakehouse.engines.embedded.batches import BronzeReader, RefinedBatches
from rtlakehouse.engines.embedded.dedupe import Deduper, Deduplicated
from rtlakehouse.engines.embedded.ledger import LedgerRows
from rtlakehouse.engines.embedded.silver_reader import SilverReader
from rtlakehouse.engines.embedded.windows import WindowState
from rtlakehouse.engines.stages import Stages
from rtlakehouse.errors import InvariantError
from rtlakehouse.medallion.graph import GOLD
from rtlakehouse.storage.commit import TableWriter
from rtlakehouse.storage.durable import failure
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.live import LiveFiles
from rtlakehouse.storage.log import Commit

__all__ = ["EmbeddedEngine", "EngineOptions"]

_SILVER = "silver.events"


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
        self._commits = Commits(lake)
        self._live = LiveFiles(lake.path(_SILVER))
        self._silver = SilverReader(lake.path(_SILVER), self._live)
        self._unseen: frozenset[str] = frozenset()
        self._ledger_rows = LedgerRows(self._connection)
        self._deduper, self._windows = self._caches()
        reader = BronzeReader(lake.path("bronze.events"), self.done, options.max_batch_events)
        self._batches = RefinedBatches(reader, Refiner(load(), options.limits, options.threads), self._accepting)
        self._stages = Stages(self._clock)

    @property
    def done(self) -> int:
        return self._commits.done

    def recover(self) -> StepResult | None:
        upto = self._commits.interrupted
        if upto is None:
            return None
        self._unseen = self._commits.silver_files(upto)
        return self._process(upto)

    def step(self) -> StepResult | None:
        return self._process()

    def reopen(self, *tables: str) -> None:
        self._commits.reopen(*tables)
        self._batches.floors = self._accepting
        changed = [commit.version for commit in self._live.advance() if commit.data_change]
        if changed:
            self._deduper, self._windows = self._caches()

    def close(self) -> None:
        """Let go of threads and memory."""
        self._batches.close()
        self._commits.close()
        self._connection.close()

    @property
    def _accepting(self) -> Floors:
        """Since when what happened is taken: whether it is a duplicate can be told of all that."""
        return self._commits.kept_since.shifted(self._options.dedupe_window)

    def _caches(self) -> tuple[Deduper, WindowState]:
        """What is remembered of silver: nothing yet. It is begun anew where others than this engine have changed rows there."""
        options = self._options
        deduper = Deduper(self._connection, options.dedupe_window, self._ids_before_batch, options.max_ids)
        return deduper, WindowState(self._connection, GOLD, options.max_members, self._commits.pool)

    def _process(self, upto: int | None = None) -> StepResult | None:
        """The next batch, or all up to a version, from bronze into every table."""
        self._stages = Stages(self._clock)
        try:
            with self._stages.timed("refine"):
                made = self._batches.next(upto)
            if made is None:
                return None
            with self._stages.traced(made[0].upto, made[0].causes):
                return self._processed(*made)
        except duckdb.OperationalError as error:
            raise failure("What the engine sets aside on disk", error) from error

    def _processed(self, batch: Batch, refined: Refined) -> StepResult:
        with self._stages.timed("dedupe"):
            deduplicated = self._deduper.split(refined.accepted)
        _check_balance(batch, refined, deduplicated)
        with self._stages.timed("silver"):
            self._commit_silver(batch, refined, deduplicated)
        with self._stages.timed("gold"):
            self._commit_gold(deduplicated.kept)
        with self._stages.timed("ledger"):
            versions = self._commits.reached(batch.upto)
            self._commit_ledger(batch, refined, deduplicated, versions)
        return self._result(batch, refined, deduplicated, versions)

    def _commit_silver(self, batch: Batch, refined: Refined, deduplicated: Deduplicated) -> None:
        data = {_SILVER: deduplicated.kept, "silver.quarantine": refined.rejected, "silver.duplicates": deduplicated.duplicates}
        self._commits.silver(
            batch.after, batch.upto, {name: partial(_append, rows) for name, rows in data.items() if rows.num_rows}
        )
        self._deduper.remember(deduplicated)

    def _commit_gold(self, events: pa.Table) -> None:
        touched = _minutes(events)
        if not touched:
            return
        newest_before = self._silver.newest_minute(self._unseen)
        own = frozenset(file.path for commit in self._live.advance() for file in commit.adds)
        self._load_windows([window for window in touched if newest_before and window <= newest_before], own | self._unseen)
        self._windows.add(events, touched)
        self._unseen = frozenset()
        self._commits.gold(self._windows.rows(touched).__getitem__, touched, self._live.version)
        self._windows.shrink()

    def _load_windows(self, windows: list[datetime], excluding: frozenset[str]) -> None:
        """Bring windows into the state that had events before this batch and are not in it."""
        if missing := self._windows.missing(windows):
            self._windows.add(self._silver.events_of(missing, excluding), missing)

    def _commit_ledger(self, batch: Batch, refined: Refined, deduplicated: Deduplicated, versions: dict[str, int]) -> None:
        rows = self._ledger_rows(batch, refined, deduplicated, versions, self._clock.now())
        self._commits.ledger(rows, batch.upto, versions, self._stages.timing())

    def _ids_before_batch(self, day: date) -> Iterator[pa.Table]:
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
            stage_seconds=self._stages.seconds,
            waiting=self._batches.waiting_events,
        )


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


def _append(rows: pa.Table, writer: TableWriter, progress: Mapping[str, int], metadata: Mapping[str, Any]) -> Commit:
    return writer.append_all(rows, progress, metadata)


def _check_balance(batch: Batch, refined: Refined, deduplicated: Deduplicated) -> None:
    """Nothing is written of a batch that does not add up."""
    fates = (deduplicated.kept.num_rows, deduplicated.duplicates.num_rows, refined.rejected.num_rows)
    if batch.records.num_rows != sum(fates):
        raise InvariantError(
            f"The batch up to bronze version {batch.upto} has {batch.records.num_rows:,} records, but {fates[0]:,} accepted, "
            f"{fates[1]:,} duplicates and {fates[2]:,} in quarantine. Nothing of it was written."
        )


def _minutes(events: pa.Table) -> list[datetime]:
    return sorted(pc.unique(pc.floor_temporal(events["event_time"], unit="minute")).to_pylist())
