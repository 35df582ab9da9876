"""Kafka as a source: all partitions of a topic, read by one process, their positions kept in the commits that hold their records.

Kafka is not asked where to go on: bronze says it. The consumer group only shows the lag to tools that look for it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import structlog
from confluent_kafka import Consumer, KafkaError, TopicPartition

from rtlakehouse import tracing
from rtlakehouse.clock import Clock
from rtlakehouse.errors import InvariantError, SourceError
from rtlakehouse.ingest.appender import PartitionsAppender
from rtlakehouse.ingest.backlog import Backlog
from rtlakehouse.ingest.kafka_positions import Reading
from rtlakehouse.ingest.kafka_records import causes_of, rows_of
from rtlakehouse.ingest.kafka_topic import ReadTopic
from rtlakehouse.kafka.client import PASSING, client_options, made
from rtlakehouse.medallion.bronze import EVENTS
from rtlakehouse.settings import Settings
from rtlakehouse.stopping import Stop
from rtlakehouse.storage.lake import Lake

__all__ = ["KafkaSource"]

log = structlog.get_logger(__name__)

# What one call returns at most.
_CHUNK = 10_000
# A call gathers without regard to bytes, while librdkafka fetches more: so a commit's first call asks for one record, and each
# one after it for a few times what came before, and for no more of the largest so far than the commit has room for.
_GROWTH = 4
_QUEUE_KB = 32 << 10
_FETCH_BYTES = 4 << 20
_REOPEN_EVERY = 50
_EVERY = timedelta(seconds=1)
# After so long without a record, positions that moved over markers of transactions alone are committed, too.
_QUIET = timedelta(seconds=10)
_PAUSE_S = 0.05
_AGAIN_S = 1.0


class KafkaSource:
    """Reads the topic of the settings into bronze. Run it in the process that holds the lake's consumer lock.

    accept_loss: what the topic has lost by now is put on record as accepted, and reading goes on after it.
    """

    def __init__(self, lake: Lake, clock: Clock, settings: Settings, *, accept_loss: bool = False) -> None:
        self._clock = clock
        self._settings = settings
        self._topic = ReadTopic(lake, clock, settings, accept_loss=accept_loss)
        self._consumer = made(Consumer, _options(settings, self._topic.note))
        self._appender = PartitionsAppender(lake)
        self._backlog = Backlog(lake)
        self._reading: Reading | None = None
        self._positions: dict[int, int] = {}
        # Of these positions: those that bronze has, and those that the consumer group was told.
        self._committed: dict[int, int] = {}
        self._told: dict[int, int] = {}
        self._commits = 0
        self._looked = self._said = self._moved = clock.monotonic()

    def run(self, stop: Stop) -> None:
        """Read until `stop`. Raises SourceError where what comes next is gone, once that is on record."""
        try:
            while not stop.is_set():
                if self._reading is None:
                    self._begin()
                else:
                    self._step(self._reading, stop)
        except (SourceError, InvariantError) as error:
            self._topic.trouble = str(error)
            raise
        finally:
            self._say()
            self._consumer.close()

    def _begin(self) -> None:
        """Find out from bronze and the brokers where to go on. Nothing that was taken and not committed counts."""
        reading = self._topic.begin()
        if reading is None:
            self._say()
            # Nothing is assigned yet: this waits, and hears of trouble with the brokers.
            self._consumer.poll(_AGAIN_S)
            return
        self._reading = reading
        self._positions = dict(reading.positions)
        self._committed = dict(reading.committed)
        if reading.losses:
            self._commit(reading, [], {"lost": [loss.as_record() for loss in reading.losses]})
        self._consumer.assign([TopicPartition(self._topic.name, p, next_) for p, next_ in self._positions.items()])
        self._say()
        log.info("the consumer reads", topic=reading.stream, positions=self._positions)

    def _step(self, reading: Reading, stop: Stop) -> None:
        if self._backlog.records() > self._settings.kafka_ahead_events:
            stop.wait(_PAUSE_S)
        elif messages := self._take():
            if self._is_as_it_was(reading, stop):
                self._commit(reading, messages)
        elif self._passed(self._moved, _QUIET) and self._positions != self._committed:
            self._commit(reading, [])
        if self._passed(self._looked, _EVERY):
            self._is_as_it_was(reading, stop)
        if self._passed(self._said, _EVERY):
            self._say()

    def _passed(self, since: float, time: timedelta) -> bool:
        return self._clock.monotonic() - since > time.total_seconds()

    def _take(self) -> list[Any]:
        """What has come, as far as one commit takes it."""
        taken: list[Any] = []
        size, largest, most = 0, 1, self._settings.kafka_batch_events
        most_bytes = self._settings.kafka_batch_mb << 20
        while len(taken) < most and size < most_bytes:
            asked = min(_CHUNK, most - len(taken), max(1, _GROWTH * len(taken)), 1 + (most_bytes - size) // largest)
            chunk = self._consumer.consume(asked, self._settings.kafka_linger_ms / 1000)
            records = self._without_notices(chunk)
            sizes = list(map(len, records))
            size, largest = size + sum(sizes), max([largest, *sizes])
            taken += records
            if len(chunk) < asked:
                break
        return taken

    def _without_notices(self, messages: list[Any]) -> list[Any]:
        """The records among what came; notices of ends and errors are heeded."""
        notices = [message for message in messages if message.error() is not None]
        if not notices:
            return messages
        for notice in notices:
            self._heed(notice)
        return [message for message in messages if message.error() is None]

    def _heed(self, notice: Any) -> None:
        error: KafkaError = notice.error()
        if error.code() == KafkaError._PARTITION_EOF:
            # Further than the last record where markers of transactions follow it.
            self._positions[notice.partition()] = max(self._positions[notice.partition()], notice.offset())
        elif error.code() in PASSING:
            self._topic.note(error.str())
        else:
            # Records that are gone, a topic that is: `_begin` finds out which, and says so.
            self._doubt(error.str())

    def _doubt(self, why: str) -> None:
        self._topic.note(why)
        self._reading = None

    def _is_as_it_was(self, reading: Reading, stop: Stop) -> bool:
        """Whether what was fetched came from the topic that is being read. With a change of any kind reading begins again."""
        while not stop.is_set():
            self._looked = self._clock.monotonic()
            look = self._topic.look()
            if not look.answered:
                self._say()
                continue
            if look.topic is None or not look.shows(reading) or set(look.topic.partitions) != self._positions.keys():
                self._doubt("the topic has changed")
            return look.shows(reading)
        return False

    def _commit(self, reading: Reading, messages: list[Any], metadata: dict[str, Any] | None = None) -> None:
        rows = rows_of(messages, reading.stream, self._clock.now()) if messages else EVENTS.schema.empty_table()
        causes = causes_of(messages) if tracing.is_on() else []
        # They are as large as the rows, and no longer needed.
        messages.clear()
        for partition, first, last in _runs(rows):
            if first < reading.positions[partition] or first < self._committed.get(partition, 0):
                raise InvariantError(f"Partition {partition} gave position {first:,} again. Nothing was written; start it again.")
            self._positions[partition] = max(self._positions[partition], last + 1)
        progress = {reading.application(p): p_next for p, p_next in self._positions.items() if p_next != self._committed.get(p)}
        with tracing.shared("topic commit", {"rtl.records": rows.num_rows}, causes, self._clock.now):
            self._appender.append(rows, progress, (metadata or {}) | tracing.as_metadata(causes))
        self._committed = dict(self._positions)
        self._moved = self._clock.monotonic()
        self._commits += 1
        if self._commits % _REOPEN_EVERY == 0:
            self._appender.reopen()

    def _say(self) -> None:
        """Tell other processes, and tools that look at consumer groups, how far it is."""
        self._said = self._clock.monotonic()
        offsets = [TopicPartition(self._topic.name, p, position) for p, position in self._positions.items()]
        if self._positions != self._told and not self._topic.trouble:
            self._consumer.commit(offsets=offsets, asynchronous=True)
            self._told = dict(self._positions)
        ends = {place.partition: self._consumer.get_watermark_offsets(place, cached=True)[1] for place in offsets}
        self._topic.say(self._positions, ends)


def _options(settings: Settings, notice: Any) -> dict[str, Any]:
    return client_options(
        settings,
        notice,
        group_id=settings.kafka_group,
        enable_auto_commit=False,
        enable_auto_offset_store=False,
        # Only what was committed by its producer's transaction, if it has one.
        isolation_level="read_committed",
        # The default would jump to the end in silence.
        auto_offset_reset="error",
        allow_auto_create_topics=False,
        enable_partition_eof=True,
        # Nobody takes partitions away from a consumer that has them by hand; a long wait for the engine is no fault.
        max_poll_interval_ms=86_400_000,
        queued_max_messages_kbytes=_QUEUE_KB,
        fetch_message_max_bytes=_FETCH_BYTES,
        # By default the next fetch waits a second once the queue was full.
        fetch_queue_backoff_ms=10,
    )


def _runs(rows: pa.Table) -> Iterator[tuple[int, int, int]]:
    """Each partition of rows that are in order, with its first and last position."""
    partitions, positions = rows["partition"].to_numpy(), rows["position"].to_numpy()
    found, begins = np.unique(partitions, return_index=True)
    for partition, first, end in zip(found, begins, [*begins, len(partitions)][1:], strict=True):
        yield int(partition), int(positions[first]), int(positions[end - 1])
