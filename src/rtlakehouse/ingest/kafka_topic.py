"""The topic that a lake reads, by whatever client: where to go on, what it has lost, and whether it is still the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from rtlakehouse.clock import Clock
from rtlakehouse.errors import SourceError
from rtlakehouse.ingest.gaps import Gaps
from rtlakehouse.ingest.kafka_positions import Loss, Reading, begin, was_read
from rtlakehouse.ingest.kafka_status import PartitionStatus, SourceStatus, write_status
from rtlakehouse.kafka.client import admin_for, asked, may_settle, reached
from rtlakehouse.kafka.topics import Topic, describe, ensure, spans_of
from rtlakehouse.medallion.bronze import EVENTS
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log_checkpoint import transactions

__all__ = ["Look", "ReadTopic"]

log = structlog.get_logger(__name__)

_WARN_EVERY = timedelta(seconds=10)


@dataclass(frozen=True)
class Look:
    """What brokers say of a topic. answered: False where they did not, which may pass. topic: None where there is none."""

    answered: bool
    topic: Topic | None = None

    def shows(self, reading: Reading) -> bool:
        """Whether it is still the topic that is read.

        One that was deleted and made anew has the same name, and soon has records at the positions that come next. Its id tells
        them apart: while that is the same, what has been fetched before came from the topic that was meant.
        """
        return self.topic is not None and self.topic.id == reading.topic_id


class ReadTopic:
    """The topic of the settings. Its user holds the lake's consumer lock.

    accept_loss: what the topic has lost by now is put on record as accepted, and reading goes on after it.
    trouble: why nothing can be read for the moment; empty while all is well.
    """

    def __init__(self, lake: Lake, clock: Clock, settings: Settings, *, accept_loss: bool = False) -> None:
        self.name = settings.kafka_topic
        self.trouble = ""
        self._lake = lake
        self._clock = clock
        self._settings = settings
        self._accept_loss = accept_loss
        self._gaps = Gaps(lake)
        self._admin = admin_for(settings)
        self._warned: float | None = None

    def begin(self) -> Reading | None:
        """Where to go on, by bronze and the brokers; None where these do not answer, which may pass.

        Raises SourceError for what was lost, once that is on record; where it is accepted the reading tells of it.
        """
        try:
            reading: Reading = reached(self._settings, self._admin, self._found)
        except SourceError as error:
            if not may_settle(error.__cause__):
                raise
            self.note(str(error))
            return None
        self._settle(reading.losses)
        return reading

    def look(self) -> Look:
        """What the brokers say of it now. Raises SourceError where they refuse."""
        topic, trouble = asked(f"{self.name} cannot be looked at", lambda: describe(self._admin, self.name))
        if trouble:
            self.note(trouble)
            return Look(answered=False)
        self.trouble = ""
        return Look(True, topic)

    def ends(self, topic: Topic) -> dict[int, int]:
        """The position behind the last record of each partition; of none where the brokers do not answer, or have it no more."""
        try:
            spans, _ = asked(f"The ends of {self.name} cannot be had", lambda: spans_of(self._admin, topic))
        except SourceError as error:
            if not may_settle(error.__cause__):
                raise
            return {}  # deleted since it was looked at: the next look says so
        return {partition: span.end for partition, span in (spans or {}).items()}

    def note(self, trouble: str) -> None:
        """There is trouble that may pass. It is logged now and then, for a client tells of every single attempt."""
        now = self._clock.monotonic()
        if self._warned is None or now - self._warned > _WARN_EVERY.total_seconds():
            self._warned = now
            log.warning("trouble with Kafka", why=trouble)
        self.trouble = trouble

    def say(self, positions: Mapping[int, int], ends: Mapping[int, int]) -> None:
        """Tell other processes how far it is read: the position that comes next, and the end, of each partition."""
        found = (PartitionStatus(p, position, max(position, ends.get(p, 0))) for p, position in positions.items())
        write_status(self._lake, SourceStatus(self._clock.now(), self.name, tuple(found), self.trouble))

    def _found(self) -> Reading:
        progress = transactions(self._lake.path(EVENTS.name))
        known = was_read(self.name, progress)
        topic = describe(self._admin, self.name) if known else ensure(self._admin, self.name, self._settings.kafka_partitions)
        if topic is None:
            raise SourceError(
                f"There is no topic {self.name} any more, which the lake has read. Name the right brokers with --kafka."
            )
        return begin(self.name, topic.cluster_id, topic.id, spans_of(self._admin, topic), progress)

    def _settle(self, losses: tuple[Loss, ...]) -> None:
        """Put losses on record. Raises SourceError with the first one unless they are accepted."""
        for loss in losses:
            self._gaps.add(loss.as_record(), self._clock.now(), accepted=self._accept_loss)
        if losses and not self._accept_loss:
            raise SourceError(losses[0].message)
        self._accept_loss = False
