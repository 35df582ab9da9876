"""The engines there are, each imported only when it is chosen: Spark is optional."""

from __future__ import annotations

from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

from rtlakehouse.clock import Clock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.engines.base import Engine, Feed
from rtlakehouse.errors import UsageError
from rtlakehouse.settings import Settings, load_settings
from rtlakehouse.storage.lake import Lake

if TYPE_CHECKING:
    from rtlakehouse.ingest.kafka_topic import ReadTopic

__all__ = ["ENGINES", "FEEDS", "make_engine", "make_feed", "require_spark"]


def _embedded(settings: Settings, lake: Lake, clock: Clock, limits: Limits) -> Engine:
    from rtlakehouse.engines.embedded.engine import EmbeddedEngine, EngineOptions

    options = EngineOptions(
        limits=limits,
        dedupe_window=timedelta(seconds=settings.dedupe_window_s),
        max_batch_events=settings.max_batch_events,
        threads=settings.engine_threads,
        memory_mb=settings.engine_memory_mb,
        max_ids=settings.state_ids,
        max_members=settings.state_members,
    )
    return EmbeddedEngine(lake, clock, options)


def _spark(settings: Settings, lake: Lake, clock: Clock, limits: Limits) -> Engine:
    _require_pyspark()
    from rtlakehouse.engines.spark.making import make

    return make(settings, lake, clock, limits)


def _require_pyspark() -> None:
    if missing := [name for name in ("pyspark", "jgo") if find_spec(name) is None]:
        raise UsageError(
            f"The Spark engine needs {' and '.join(missing)}: `pip install 'rtlakehouse[spark]'`, or `make spark` in a checkout "
            "of the sources."
        )


def require_spark() -> None:
    """Raise UsageError with the command that helps, where this machine lacks pyspark or a Java for it."""
    _require_pyspark()
    from rtlakehouse.engines.spark.making import session_options

    session_options(load_settings())


def _spark_feed(settings: Settings, lake: Lake, clock: Clock, engine: Engine, topic: ReadTopic) -> Feed:
    from rtlakehouse.engines.spark.engine import SparkEngine
    from rtlakehouse.engines.spark.kafka import feed

    return feed(settings, lake, clock, cast(SparkEngine, engine), topic)


ENGINES = {"embedded": _embedded, "spark": _spark}
# Those that read Kafka themselves. For the others `rtl consume` does, in a process of its own.
FEEDS = {"spark": _spark_feed}


def make_engine(name: str, settings: Settings, lake: Lake, clock: Clock, limits: Limits) -> Engine:
    """The engine of that name; the caller holds the lake's engine lock.

    Raises UsageError, with the command that helps, where this machine lacks what it needs.
    """
    return ENGINES[name](settings, lake, clock, limits)


def make_feed(name: str, settings: Settings, lake: Lake, clock: Clock, engine: Engine, topic: ReadTopic) -> Feed:
    """What reads this topic with the engine of that name, which is one of `FEEDS`; the caller holds the lake's consumer lock."""
    return FEEDS[name](settings, lake, clock, engine, topic)
