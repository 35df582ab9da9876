"""The Spark engine: bronze to silver to gold to ledger, one batch at a time, worked out by Spark, committed as by any engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from rtlakehouse.clock import Clock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.engines.base import StepResult
from rtlakehouse.engines.bronze_log import BronzeLog, Versions
from rtlakehouse.engines.commits import Commits
from rtlakehouse.engines.spark.dedupe import KEPT, PLACE, READS, duplicates
from rtlakehouse.engines.spark.failures import on_spark
from rtlakehouse.engines.spark.gold import rows_of
from rtlakehouse.engines.spark.kernel import FILE, JUDGED, judging
from rtlakehouse.engines.spark.ledger import ACCEPTED, DUPLICATE, QUARANTINED, Account, account
from rtlakehouse.engines.spark.settled import settled
from rtlakehouse.engines.spark.silver import SilverFiles
from rtlakehouse.engines.spark.staging import Staging
from rtlakehouse.engines.spark.types import ddl
from rtlakehouse.engines.stages import Stages
from rtlakehouse.errors import InvariantError
from rtlakehouse.medallion import bronze
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.silver import DUPLICATES, EVENTS, QUARANTINE
from rtlakehouse.storage.lake import Lake

__all__ = ["SparkEngine", "SparkOptions"]

_FATE = "fate"
# What a core works through in about the time that it takes to give it a task: fewer rows are not shared out.
_ROWS_A_TASK = 20_000
_US = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EVER = ((datetime.min.replace(tzinfo=UTC) - _EPOCH) // _US, (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _US)


@dataclass(frozen=True)
class SparkOptions:
    """What of the settings the engine needs."""

    limits: Limits
    dedupe_window: timedelta
    max_batch_events: int


class SparkEngine:
    """See `engines.base.Engine` for what it promises. It keeps nothing between two batches: all it knows is in the tables.

    session, staging: for what else works on Spark in this process.
    """

    def __init__(self, lake: Lake, clock: Clock, session: SparkSession, options: SparkOptions) -> None:
        self._bronze_path = lake.path(bronze.EVENTS.name)
        self._clock = clock
        self.session = session
        self._options = options
        self._commits = Commits(lake)
        self._silver = SilverFiles(session, lake.path(EVENTS.name))
        self.staging = Staging(lake.control / "spark" / "staged")
        self._bronze = BronzeLog(self._bronze_path, self.done, options.max_batch_events)
        self._stages = Stages(self._clock)
        self._cores = self._parts = session.sparkContext.defaultParallelism

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

    def close(self) -> None:
        """Let go of threads; the session is its maker's."""
        self._commits.close()

    def _process(self, versions: Versions, unseen: frozenset[str]) -> StepResult:
        """unseen: files of silver that an interrupted run of this very batch has added."""
        self._stages = Stages(self._clock)
        self._parts = max(1, min(self._cores, versions.records // _ROWS_A_TASK))
        self.session.conf.set("spark.sql.shuffle.partitions", self._parts)
        with on_spark(f"The batch up to bronze version {versions.upto}"), self._stages.traced(versions.upto, versions.causes):
            judged = self._judged(versions).persist()
            try:
                return self._processed(versions, judged, unseen)
            finally:
                judged.unpersist()

    def _processed(self, versions: Versions, judged: DataFrame, unseen: frozenset[str]) -> StepResult:
        with self._stages.timed("refine"):
            accepted = judged.where("reasons is null")
            first, last = accepted.agg(*(pick(f.unix_micros("event_time")) for pick in (f.min, f.max))).collect()[0]
        with self._stages.timed("dedupe"):
            found = self._duplicates(accepted, first, last, unseen)
            fates = _with_fate(judged, found)
            counts = account(fates)
            _check(counts, versions)
        with self._stages.timed("silver"):
            self._commit_silver(versions, fates, counts)
        with self._stages.timed("gold"):
            self._commit_gold(counts)
        with self._stages.timed("ledger"):
            reached = self._commits.reached(versions.upto)
            rows = counts.ledger(versions.upto, reached, self._clock.now())
            self._commits.ledger(rows, versions.upto, reached, self._stages.timing())
        return self._result(versions.upto, counts, reached)

    def _judged(self, versions: Versions) -> DataFrame:
        """What the row rules say of the records, read by the exact file list of their versions."""
        files = {file.path: commit.version for commit in versions.commits for file in commit.adds}
        records = self.session.read.schema(ddl(bronze.EVENTS.schema)).parquet(*(str(self._bronze_path / path) for path in files))
        judge = judging(self._options.limits, {Path(path).name: version for path, version in files.items()})
        return records.select("*", f.col("_metadata.file_name").alias(FILE)).mapInArrow(judge, ddl(JUDGED))

    def _duplicates(self, events: DataFrame, first_us: int | None, last_us: int | None, unseen: frozenset[str]) -> DataFrame:
        """As `duplicates`, by what silver has within reach of events of this time."""
        window = self._options.dedupe_window
        earliest = max((first_us or 0) - window // _US, _EVER[0])
        latest = min((last_us or 0) + window // _US, _EVER[1])
        silver = self._silver.between(_EPOCH + earliest * _US, _EPOCH + latest * _US, READS, unseen)
        return settled(duplicates(events, silver, window))

    def _commit_silver(self, versions: Versions, fates: DataFrame, counts: Account) -> None:
        tables = {EVENTS.name: ACCEPTED, QUARANTINE.name: QUARANTINED, DUPLICATES.name: DUPLICATE}
        due = {name: fate for name, fate in tables.items() if counts.totals[fate]}
        rows = {name: fates.where(f.col(_FATE) == fate).coalesce(self._parts) for name, fate in due.items()}
        adding = {name: self.staging.adding(found) for name, found in rows.items()}
        self._commits.silver(versions.after, versions.upto, adding)

    def _commit_gold(self, counts: Account) -> None:
        self._silver.advance()
        if windows := counts.windows:
            self._silver.of_windows(windows, counts.minutes).createOrReplaceTempView("events")
            self._commits.gold(lambda name: rows_of(self.session, TABLES[name]), windows, self._silver.version)

    def _result(self, upto: int, counts: Account, versions: Mapping[str, int]) -> StepResult:
        return StepResult(
            upto=upto,
            **counts.totals,
            max_event_time=counts.max_event_time,
            versions=dict(versions),
            stage_seconds=self._stages.seconds,
            waiting=self._bronze.waiting_events,
        )


def _with_fate(judged: DataFrame, found: DataFrame) -> DataFrame:
    """Judged records with what becomes of each, and what is kept in place of a duplicate."""
    fate = f.when(f.col("reasons").isNotNull(), QUARANTINED).when(f.col(KEPT[0]).isNotNull(), DUPLICATE).otherwise(ACCEPTED)
    return judged.join(f.broadcast(found), list(PLACE), "left").withColumn(_FATE, fate)


def _check(counts: Account, versions: Versions) -> None:
    """Nothing is written of a batch that is not what bronze's log says it is."""
    if (found := counts.totals["received"]) != versions.records:
        raise InvariantError(
            f"The batch up to bronze version {versions.upto} has {versions.records:,} records by its log, and {found:,} were "
            "accounted for. Nothing of it was written."
        )
