"""The Spark engine: bronze to silver to gold to ledger, one batch at a time, worked out in tasks, committed as by any engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession

from rtlakehouse.clock import Clock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.engines.base import StepResult
from rtlakehouse.engines.bronze_log import BronzeLog, Versions
from rtlakehouse.engines.commits import Commits
from rtlakehouse.engines.spark.dedupe import Deduper
from rtlakehouse.engines.spark.failures import on_spark
from rtlakehouse.engines.spark.fates import FATES, STORED, storing
from rtlakehouse.engines.spark.gold import GoldRows
from rtlakehouse.engines.spark.hashes import HASH, Indexes
from rtlakehouse.engines.spark.kernel import judged
from rtlakehouse.engines.spark.ledger import Account
from rtlakehouse.engines.spark.sharing import collected, shares, tables
from rtlakehouse.engines.spark.silver import SilverFiles
from rtlakehouse.engines.spark.staging import Staging, adding
from rtlakehouse.engines.stages import Stages
from rtlakehouse.errors import InvariantError
from rtlakehouse.medallion import bronze
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import DataFile

__all__ = ["SparkEngine", "SparkOptions"]

# What a core works through in about the time that it takes to give it a task.
_TASK_EVENTS = 20_000
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class SparkOptions:
    """What of the settings the engine needs. task_events: fewer than twice as many are not shared out."""

    limits: Limits
    dedupe_window: timedelta
    max_batch_events: int
    task_events: int = _TASK_EVENTS


class SparkEngine:
    """See `engines.base.Engine` for what it promises. It keeps nothing between two batches: all it knows is in the tables.

    session, staging: for what else works on Spark in this process.
    """

    def __init__(self, lake: Lake, clock: Clock, session: SparkSession, options: SparkOptions) -> None:
        self._bronze_path, self._silver_path = lake.path(bronze.EVENTS.name), lake.path(EVENTS.name)
        self._clock = clock
        self.session = session
        self._options = options
        self._commits = Commits(lake)
        self._silver = SilverFiles(self._silver_path)
        self.staging = Staging(lake.control / "spark" / "staged")
        self._bronze = BronzeLog(self._bronze_path, self.done, options.max_batch_events)
        self._stages = Stages(self._clock)
        self._indexes = Indexes.of(self._silver_path, lake.control / "cache")
        self._deduper = Deduper(session, options.dedupe_window, self._indexes)
        self._gold = GoldRows(session)
        self._cores = session.sparkContext.defaultParallelism

    @property
    def done(self) -> int:
        return self._commits.done

    def recover(self) -> StepResult | None:
        upto = self._commits.interrupted
        versions = None if upto is None else self._bronze.next(upto)
        return None if versions is None else self._process(versions, self._commits.silver_files(versions.upto))

    def step(self) -> StepResult | None:
        versions = self._bronze.next()
        return None if versions is None else self._process(versions, frozenset())

    def reopen(self, *tables: str) -> None:
        self._commits.reopen(*tables)
        self._silver.advance()
        self._indexes.keep(self._silver.paths)

    def close(self) -> None:
        """Let go of threads; the session is its maker's."""
        self._commits.close()

    def _process(self, versions: Versions, unseen: frozenset[str]) -> StepResult:
        """unseen: files of silver that an interrupted run of this very batch has added."""
        self._stages = Stages(self._clock)
        with on_spark(f"The batch up to bronze version {versions.upto}"), self._stages.traced(versions.upto, versions.causes):
            records = self._judged(versions).persist()
            try:
                return self._processed(versions, records, unseen)
            finally:
                records.unpersist()

    def _processed(self, versions: Versions, records: DataFrame, unseen: frozenset[str]) -> StepResult:
        with self._stages.timed("refine"):
            times = pa.concat_tables(tables(collected(records.select("times")), "times"))
        with self._stages.timed("dedupe"):
            found = self._duplicates(records, times, unseen)
        with self._stages.timed("silver"):
            account = self._commit_silver(versions, records, found)
        with self._stages.timed("gold"):
            self._commit_gold(account.windows)
        with self._stages.timed("ledger"):
            reached = self._commits.reached(versions.upto)
            rows = account.ledger(versions.upto, reached, self._clock.now())
            self._commits.ledger(rows, versions.upto, reached, self._stages.timing())
        return self._result(versions.upto, account, reached)

    def _judged(self, versions: Versions) -> DataFrame:
        """What the row rules say of the records, read by the exact file list of their versions."""
        files = [(file, commit.version) for commit in versions.commits for file in commit.adds]
        dealt = shares(files, lambda found: found[0].rows, self._tasks(versions.records))
        named = [[(file.path, version) for file, version in share] for share in dealt]
        # Of all that happened since then it can be told whether it is a duplicate.
        floors = self._commits.kept_since.shifted(self._options.dedupe_window)
        return judged(self.session, self._bronze_path, named, self._options.limits, floors)

    def _duplicates(self, records: DataFrame, times: pa.Table, unseen: frozenset[str]) -> pa.Table:
        """As `Deduper.duplicates`, by what silver has within reach of the batch's times."""
        if not times.num_rows:
            return self._deduper.none
        window = self._options.dedupe_window
        first, last = (moment.as_py() for moment in pc.min_max(times["event_time"]).values())
        files = self._silver.between(_shifted(first, -window), _shifted(last, window), unseen)
        return self._deduper.duplicates(records, times[HASH].to_numpy(), self._dealt(files))

    def _commit_silver(self, versions: Versions, records: DataFrame, found: pa.Table) -> Account:
        names = {table.name for table in FATES.values()}
        with self.staging.room(*names) as room:
            stored = collected(records.coalesce(self._tasks(versions.records)).mapInArrow(storing(found, room), STORED))
            account = Account(tables(stored, "counts"))
            _check(account, versions)
            files = pa.concat_tables(tables(stored, "files")).to_pylist()
            paths = {name: [Path(file["path"]) for file in files if file["table"] == name] for name in names}
            self._commits.silver(
                versions.after, versions.upto, {name: adding(due, room / name) for name, due in paths.items() if due}
            )
        return account

    def _commit_gold(self, windows: list[datetime]) -> None:
        self._silver.advance()
        if windows:
            dealt = self._dealt(self._silver.of_windows(windows))
            rows = self._gold.of(windows, self._silver_path, [[file.path for file in share] for share in dealt])
            self._commits.gold(rows.__getitem__, windows, self._silver.version)

    def _dealt(self, files: list[DataFile]) -> list[list[DataFile]]:
        """The files, a list for each task."""
        return shares(files, lambda file: file.rows, self._tasks(sum(file.rows for file in files)))

    def _tasks(self, rows: int) -> int:
        return max(1, min(self._cores, rows // self._options.task_events))

    def _result(self, upto: int, account: Account, versions: Mapping[str, int]) -> StepResult:
        return StepResult(
            upto=upto,
            **account.totals,
            max_event_time=account.max_event_time,
            versions=dict(versions),
            stage_seconds=self._stages.seconds,
            waiting=self._bronze.waiting_events,
        )


def _shifted(moment: datetime, by: timedelta) -> datetime:
    """As far as there are dates."""
    try:
        return moment + by
    except OverflowError:
        return _FIRST if by < timedelta() else _LAST


def _check(account: Account, versions: Versions) -> None:
    """Nothing is written of a batch that is not what bronze's log says it is."""
    if (found := account.totals["received"]) != versions.records:
        raise InvariantError(
            f"The batch up to bronze version {versions.upto} has {versions.records:,} records by its log, and {found:,} were "
            "accounted for. Nothing of it was written."
        )
