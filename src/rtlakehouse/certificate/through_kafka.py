"""The same Kafka topic read by each engine as it would be in operation, up to where it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from rtlakehouse.certificate.comparing import Line, compared
from rtlakehouse.clock import Clock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.engines.base import Engine
from rtlakehouse.engines.registry import FEEDS, make_engine, make_feed
from rtlakehouse.errors import SourceError
from rtlakehouse.ingest.kafka import KafkaSource
from rtlakehouse.ingest.kafka_positions import Reading, begin
from rtlakehouse.ingest.kafka_topic import ReadTopic
from rtlakehouse.kafka.client import admin_for, awaited
from rtlakehouse.kafka.topics import Topic, describe, spans_of
from rtlakehouse.medallion.bronze import EVENTS
from rtlakehouse.pipeline import Pipeline
from rtlakehouse.settings import Settings
from rtlakehouse.stopping import Stop
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log_checkpoint import transactions

__all__ = ["certify_topic"]

log = structlog.get_logger(__name__)

_LOOK_S = 0.2
# An engine that gets all at once has nothing to remember from one batch to the next.
_BATCHES = 5
# What waits is read at once, not at the next trigger.
_TRIGGER_S = 0.1
# How far the lake of whoever owns the topic is read, its own group goes on telling.
_GROUP = "rtl-certify"


def certify_topic(settings: Settings, folder: Path, engines: Sequence[str], clock: Clock) -> Iterator[Line]:
    """Let each engine fill a lake of its own from the topic of the settings, and compare what they made of it.

    Raises SourceError where there is no such topic, or nothing in it, or where it got more meanwhile.
    """
    topic = _Topic.of(settings, clock)
    if not topic.ends:
        raise SourceError(
            f"{settings.kafka_topic} has no records. Name another topic, or leave --topic out for simulated events."
        )
    return compared({engine: topic.refined_by(engine, folder / engine, clock) for engine in engines})


@dataclass(frozen=True)
class _Topic:
    """The topic of these settings as it is when the certificate begins. ends: behind the last record of each partition."""

    settings: Settings
    records: int
    reading: Reading
    ends: Mapping[int, int]

    @classmethod
    def of(cls, settings: Settings, clock: Clock) -> _Topic:
        admin = admin_for(settings)
        found: Topic | None = awaited(settings, admin, lambda: describe(admin, settings.kafka_topic), clock)
        if found is None:
            raise SourceError(
                f"There is no topic {settings.kafka_topic}. Name another with --topic, or the right brokers with --kafka."
            )
        spans = awaited(settings, admin, lambda: spans_of(admin, found), clock)
        records = sum(span.end - span.first for span in spans.values())
        batch = min(settings.max_batch_events, records // _BATCHES + 1)
        own = settings.model_copy(update={"max_batch_events": batch, "spark_trigger_s": _TRIGGER_S, "kafka_group": _GROUP})
        reading = begin(found.name, found.cluster_id, found.id, spans, {})
        return cls(own, records, reading, {partition: span.end for partition, span in spans.items() if span.end > span.first})

    def refined_by(self, name: str, root: Path, clock: Clock) -> Lake:
        """A lake that the engine of this name has filled with all of the topic, and nothing that came later."""
        lake, begun = Lake.create(root), clock.monotonic()
        log.info("a topic is read", engine=name, records=self.records)
        engine = make_engine(name, self.settings, lake, clock, Limits.of(self.settings))
        (self._by_itself if name in FEEDS else self._by_consumer)(name, lake, engine, clock)
        if _Topic.of(self.settings, clock).ends != self.ends:
            raise SourceError(f"{self.settings.kafka_topic} got more while it was read. Let nobody produce to it meanwhile.")
        log.info("it is in gold", engine=name, took_s=round(clock.monotonic() - begun))
        return lake

    def _by_consumer(self, name: str, lake: Lake, engine: Engine, clock: Clock) -> None:
        pipeline = Pipeline(lake, engine, clock, None)
        with _consuming(Lake.create(lake.root), self.settings, clock) as reading:
            while not (self._is_stored(lake) or reading.done()):
                if pipeline.step() is None:
                    clock.sleep(_LOOK_S)
        pipeline.drain()

    def _by_itself(self, name: str, lake: Lake, engine: Engine, clock: Clock) -> None:
        stop, pipeline = Stop(), Pipeline(lake, engine, clock, None)
        topic = ReadTopic(lake, clock, self.settings, accept_loss=False)
        feed = make_feed(name, self.settings, lake, clock, engine, topic)
        feed.run(stop, _Until(lambda: self._is_stored(lake), stop, pipeline))
        pipeline.drain()

    def _is_stored(self, lake: Lake) -> bool:
        """Whether bronze has it all."""
        progress = transactions(lake.path(EVENTS.name))
        return all(progress.get(self.reading.application(partition), 0) >= end for partition, end in self.ends.items())


@dataclass(frozen=True)
class _Until:
    """What a feed hands its batches to. It stops the feed once there are no more."""

    is_stored: Callable[[], bool]
    stop: Stop
    pipeline: Pipeline

    def drain(self) -> int:
        return self.pipeline.drain()

    def turn(self) -> None:
        self.pipeline.turn()
        if self.is_stored():
            self.stop.set()


@contextmanager
def _consuming(lake: Lake, settings: Settings, clock: Clock) -> Iterator[Future[None]]:
    """`rtl consume` in a thread, for as long as the block takes; what ends it before is in the future, and raised at the end."""
    stop = Stop()
    source = KafkaSource(lake, clock, settings)
    with ThreadPoolExecutor(1, "source") as pool:
        reading = pool.submit(source.run, stop)
        try:
            yield reading
        finally:
            stop.set()
    reading.result()
