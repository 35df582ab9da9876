"""Kafka to bronze by Structured Streaming: each batch of the query is one version of bronze, processed before the next one.

Where reading goes on is in bronze's commits, as for `rtl consume`, with which it shares what a loss is and what becomes of it.
The query's own checkpoint is begun anew wherever it says anything else: see `storage/checkpoint.py`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import structlog
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from rtlakehouse.clock import Clock
from rtlakehouse.engines.base import Downstream
from rtlakehouse.engines.spark.engine import SparkEngine
from rtlakehouse.engines.spark.failures import on_spark, said
from rtlakehouse.engines.spark.kafka_rows import READ, STORED, storing
from rtlakehouse.engines.spark.sharing import collected, tables
from rtlakehouse.engines.spark.staging import Staging, moved
from rtlakehouse.errors import InvariantError, RtlError, SourceError
from rtlakehouse.ingest.appender import PartitionsAppender
from rtlakehouse.ingest.kafka_positions import Reading
from rtlakehouse.ingest.kafka_topic import ReadTopic
from rtlakehouse.kafka.client import address_of
from rtlakehouse.medallion.bronze import EVENTS
from rtlakehouse.settings import Settings
from rtlakehouse.stopping import Stop
from rtlakehouse.storage.checkpoint import Checkpoint
from rtlakehouse.storage.durable import writing
from rtlakehouse.storage.lake import Lake

__all__ = ["KafkaStream", "StreamOptions", "feed"]

log = structlog.get_logger(__name__)

_LOOK_S = 1.0
_PAUSE_S = 0.02
# Less than a supervisor waits for a part to end.
_FINISH_S = 5.0
# A query that fails is begun again, for brokers come back; one that fails so often before its first batch does not.
_ATTEMPTS = 3


def feed(settings: Settings, lake: Lake, clock: Clock, engine: SparkEngine, topic: ReadTopic) -> KafkaStream:
    """What reads a topic on the session of this engine."""
    options = StreamOptions(
        brokers=address_of(settings),
        client={name: secret.get_secret_value() for name, secret in settings.spark_kafka_options.items()},
        trigger=timedelta(seconds=settings.spark_trigger_s),
        max_records=settings.max_batch_events,
    )
    return KafkaStream(engine.session, lake, clock, engine.staging, topic, options)


@dataclass(frozen=True)
class StreamOptions:
    """What of the settings a query needs. client: options of Kafka's Java client. max_records: of a batch."""

    brokers: str
    client: Mapping[str, str]
    trigger: timedelta
    max_records: int


class _NotTakenError(Exception):
    """Tells the query that a batch is not in bronze, so that it does not count as done."""


class KafkaStream:
    """Reads a topic into bronze. Run it in the process that holds the lake's engine and consumer locks."""

    def __init__(
        self, session: SparkSession, lake: Lake, clock: Clock, staging: Staging, topic: ReadTopic, options: StreamOptions
    ) -> None:
        self._session = session
        self._lake = lake
        self._clock = clock
        self._staging = staging
        self._topic = topic
        self._options = options
        self._appender = PartitionsAppender(lake)
        self._checkpoint = Checkpoint.of(lake)
        # What comes next in each partition, and of that what bronze has.
        self._positions: dict[int, int] = {}
        self._committed: dict[int, int] = {}
        self._failure: RtlError | None = None
        self._taken = 0
        self._closed = False
        # Whoever has it may commit: a batch, or the main thread between two batches.
        self._turn = threading.Lock()

    def run(self, stop: Stop, downstream: Downstream) -> None:
        """Read until `stop`. Raises what a batch raised; SourceError where what comes next is gone, once that is on record."""
        try:
            self._read(stop, downstream)
        except (SourceError, InvariantError) as error:
            self._topic.trouble = str(error)
            raise
        finally:
            self._topic.say(self._positions, {})

    def _read(self, stop: Stop, downstream: Downstream) -> None:
        attempts = 0
        while not stop.is_set():
            before = self._taken
            if trouble := self._round(stop, downstream):
                attempts = attempts + 1 if self._taken == before else 1
                if attempts == _ATTEMPTS:
                    raise SourceError(f"Spark cannot read {self._topic.name}: {trouble}. Are spark_kafka_options right?")
                self._topic.note(trouble)

    def _round(self, stop: Stop, downstream: Downstream) -> str:
        """Read by one query until it ends. Returns why it cannot go on; nothing where it was stopped, or the topic is another."""
        reading = self._topic.begin()
        if reading is None:
            self._topic.say(self._positions, {})
            stop.wait(_LOOK_S)
            return ""
        self._positions, self._committed = dict(reading.positions), dict(reading.committed)
        if reading.losses:
            self._commit(reading, [], self._positions, {"lost": [loss.as_record() for loss in reading.losses]})
        query = self._start(reading, stop, downstream)
        log.info("the engine reads Kafka", topic=reading.stream, positions=self._positions)
        self._watch(query, reading, stop, downstream)
        return self._end(query)

    def _start(self, reading: Reading, stop: Stop, downstream: Downstream) -> StreamingQuery:
        owner = {"lake": self._lake.id, "cluster": reading.cluster_id, "topic": reading.topic_id, "stream": reading.stream}
        if not self._checkpoint.begin(owner, self._topic.name, reading.positions):
            log.info("the checkpoint is begun anew", checkpoint=str(self._checkpoint.folder))
        self._closed = False
        with on_spark(f"Reading {self._topic.name}"):
            source = self._session.readStream.format("kafka").options(**self._source_options(reading)).load()
            sink = source.writeStream.foreachBatch(partial(self._take, reading, stop, downstream))
            sink = sink.option("checkpointLocation", str(self._checkpoint.folder))
            return sink.trigger(processingTime=f"{self._options.trigger // timedelta(milliseconds=1)} milliseconds").start()

    def _source_options(self, reading: Reading) -> dict[str, str]:
        starting = {self._topic.name: {str(partition): position for partition, position in reading.positions.items()}}
        return {
            **{f"kafka.{name}": value for name, value in self._options.client.items()},
            "kafka.bootstrap.servers": self._options.brokers,
            # Only what was committed by its producer's transaction, if it has one.
            "kafka.isolation.level": "read_committed",
            "subscribe": self._topic.name,
            "startingOffsets": json.dumps(starting),
            "failOnDataLoss": "true",
            "includeHeaders": "true",
            "maxOffsetsPerTrigger": str(self._options.max_records),
        }

    def _watch(self, query: StreamingQuery, reading: Reading, stop: Stop, downstream: Downstream) -> None:
        """Return once the query has ended, `stop` is set or the topic is another; say how far it is, do what upkeep is due."""
        while query.isActive and not stop.wait(_LOOK_S):
            look = self._topic.look()
            if look.answered and not look.shows(reading):
                return
            self._topic.say(self._positions, self._topic.ends(look.topic) if look.topic else {})
            if self._turn.acquire(blocking=False):
                try:
                    downstream.turn()
                finally:
                    self._turn.release()

    def _end(self, query: StreamingQuery) -> str:
        """Stop the query between two batches. Returns what it has failed with by itself. Raises what a batch of it raised."""
        with self._turn:
            has_failed = not query.isActive
            self._closed = True
        self._let_finish(query)
        query.stop()
        if self._failure is not None:
            raise self._failure
        error = query.exception()
        return said(error) if has_failed and error is not None else ""

    def _let_finish(self, query: StreamingQuery) -> None:
        """Let the query write down that its last batch is done, unless it hangs: then the checkpoint is begun anew next time."""
        deadline = self._clock.monotonic() + _FINISH_S
        while query.isActive and query.status["isTriggerActive"] and self._clock.monotonic() < deadline:
            self._clock.sleep(_PAUSE_S)

    def _take(self, reading: Reading, stop: Stop, downstream: Downstream, records: DataFrame, batch: int) -> None:
        """Take a batch into bronze, and from there on. Spark calls this in a thread of its own."""
        with self._turn:
            if self._closed:
                raise _NotTakenError
            try:
                self._store(reading, stop, records, batch)
                downstream.drain()
            except RtlError as error:
                self._failure = error
                raise
            self._taken += 1

    def _store(self, reading: Reading, stop: Stop, records: DataFrame, batch: int) -> None:
        ends = self._checkpoint.ends(batch, self._topic.name)
        with self._staging.room() as room:
            with on_spark(f"Reading {self._topic.name}"):
                stored = collected(self._few(records).mapInArrow(storing(reading.stream, self._clock.now(), room), STORED))
            if not self._is_read_still(reading, stop):
                raise _NotTakenError
            self._check(stored, ends)
            paths = [Path(path) for files in tables(stored, "files") for path in files["path"].to_pylist()]
            with writing(EVENTS.name):
                places = moved(paths, room, self._lake.path(EVENTS.name))
            self._commit(reading, places, ends, {})

    def _few(self, records: DataFrame) -> DataFrame:
        """What is read of the records, in as many parts as can be written at once: more files only make later commits slower."""
        return records.select(*READ).coalesce(self._session.sparkContext.defaultParallelism)

    def _check(self, stored: Sequence[pa.RecordBatch], ends: Mapping[int, int]) -> None:
        """Each position is one that comes next."""
        for span in (row for spans in tables(stored, "spans") for row in spans.to_pylist()):
            partition, first, last = span["partition"], span["position_min"], span["position_max"]
            if not self._positions.get(partition, 0) <= first <= last < ends[partition]:
                raise InvariantError(
                    f"Partition {partition} gave positions {first:,} to {last:,}, where {self._positions.get(partition, 0):,} to "
                    f"{ends[partition]:,} come next. Nothing was written; start it again."
                )

    def _is_read_still(self, reading: Reading, stop: Stop) -> bool:
        """Whether what was fetched came from the topic that is meant; brokers that do not answer are waited for."""
        while not (look := self._topic.look()).answered:
            if stop.wait(_LOOK_S):
                return False
        return look.shows(reading)

    def _commit(self, reading: Reading, paths: Sequence[Path], ends: Mapping[int, int], metadata: Mapping[str, object]) -> None:
        progress = {reading.application(p): end for p, end in ends.items() if end != self._committed.get(p)}
        self._appender.adopt(paths, progress, metadata)
        self._positions |= ends
        self._committed |= ends
