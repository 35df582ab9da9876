"""Putting the parts together from settings: the one place that knows which class plays which part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial

from rtlakehouse.clock import Clock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.control import Store
from rtlakehouse.engines.base import Feed, StepResult
from rtlakehouse.engines.rates import Rates
from rtlakehouse.engines.registry import make_engine, make_feed
from rtlakehouse.jobs import JobLane, Retaining, make_maintenance, make_retention, make_snapshots, make_works
from rtlakehouse.journals import Journal, ToldAnomalies, ToldForecasts
from rtlakehouse.openlineage import Runs, Sender
from rtlakehouse.pipeline import Lane, Observer, Pipeline
from rtlakehouse.settings import Settings
from rtlakehouse.storage.assignment import assign, choose
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.rewrite import finish_rewrite

__all__ = [
    "make_journals",
    "make_kafka_feed",
    "make_lane",
    "make_maintenance",
    "make_pipeline",
    "make_snapshots",
    "telling_lineage",
    "trigger",
]


def trigger(settings: Settings, engine: str) -> timedelta:
    """How often this engine looks for new records."""
    return timedelta(seconds=settings.spark_trigger_s) if engine == "spark" else timedelta(milliseconds=settings.trigger_ms)


def make_lane(settings: Settings, lake: Lake, clock: Clock) -> JobLane:
    """The lane of the jobs that are asked for, for the holder of the engine lock."""
    return JobLane(partial(Store.open, settings), make_works(settings, lake, clock), clock)


def make_pipeline(
    settings: Settings, lake: Lake, clock: Clock, observe: Observer = lambda result: None, lane: Lane | None = None
) -> Pipeline:
    """The pipeline on this lake, with the engine that it is of; the caller holds the engine lock and calls `recover` first.

    Raises UsageError where another engine is set, or where this machine lacks what the engine needs.
    """
    name = choose(lake, settings.engine)
    finish_rewrite(lake)
    engine = make_engine(name, settings, lake, clock, Limits.of(settings))
    assign(lake, name, clock.now())
    rates = Rates(lake, clock, name, trigger(settings, name))

    def observe_all(result: StepResult) -> None:
        rates.observe(result)
        observe(result)

    maintenance = make_maintenance(settings, lake, clock) if settings.maintenance else None
    retention = partial(make_retention, settings, lake)
    # Terms that cannot be are told now, not at midnight.
    retention(clock.now())
    retain = Retaining(retention, clock) if settings.maintenance and settings.retention_days else None
    journals = make_journals(settings, lake, clock)
    return Pipeline(lake, engine, clock, maintenance, make_snapshots(settings, lake, clock), observe_all, lane, retain, journals)


def make_journals(settings: Settings, lake: Lake, clock: Clock) -> list[Journal]:
    """What is told of gold, where it is to be kept."""
    if not settings.journals:
        return []
    delay = timedelta(seconds=settings.watermark_s)
    return [Journal(lake, clock, teller(lake, clock, delay)) for teller in (ToldAnomalies, ToldForecasts)]


@contextmanager
def telling_lineage(settings: Settings, engine: str, clock: Clock) -> Iterator[Observer]:
    """Tells of the engine's work by OpenLineage while inside, where that is set; it is to be told of each batch."""
    if not settings.openlineage:
        yield lambda result: None
        return
    key = settings.openlineage_key.get_secret_value() if settings.openlineage_key else None
    with closing(Sender(settings.openlineage, key)) as sender:
        every = timedelta(seconds=settings.openlineage_every_s)
        runs = Runs(settings.lake, engine, clock, settings.openlineage_namespace, every, sender.send)
        with runs.running():
            yield runs.observe


def make_kafka_feed(settings: Settings, lake: Lake, clock: Clock, pipeline: Pipeline, *, accept_loss: bool) -> Feed:
    """What reads the topic of the settings with the pipeline's own engine; the caller holds the lake's consumer lock."""
    from rtlakehouse.ingest.kafka_topic import ReadTopic

    topic = ReadTopic(lake, clock, settings, accept_loss=accept_loss)
    return make_feed(choose(lake, settings.engine), settings, lake, clock, pipeline.engine, topic)
