"""`rtl run`: the engine alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import structlog

from rtlakehouse.assembly import make_kafka_feed, make_lane, make_pipeline, telling_lineage, trigger
from rtlakehouse.cli.kafka import AcceptLossOption, KafkaOption, TopicOption
from rtlakehouse.cli.options import EngineOption, LakeOption, MasterOption
from rtlakehouse.clock import Clock, SystemClock
from rtlakehouse.engines.base import StepResult
from rtlakehouse.engines.registry import FEEDS
from rtlakehouse.errors import UsageError
from rtlakehouse.failpoints import arm
from rtlakehouse.home import opened_home
from rtlakehouse.kafka.extra import require_extra
from rtlakehouse.observability.logging import configure
from rtlakehouse.observability.otlp import start_tracing
from rtlakehouse.pipeline import Pipeline
from rtlakehouse.settings import Settings, load_settings
from rtlakehouse.stopping import Stop
from rtlakehouse.storage.assignment import choose
from rtlakehouse.storage.durable import writing
from rtlakehouse.storage.lake import Lake

__all__ = ["run"]

log = structlog.get_logger(__name__)


def run(
    lake: LakeOption = None,
    engine: EngineOption = None,
    master: MasterOption = None,
    kafka: KafkaOption = None,
    topic: TopicOption = None,
    accept_loss: AcceptLossOption = False,
) -> None:
    """Run the engine alone: take bronze to silver, gold and the ledger until stopped.

    Exits within a second, naming the other, where another engine works on the lake; where that was killed, what it had started is
    waited for, up to a minute. With --kafka the Spark engine reads the topic itself; beside the embedded one `rtl consume` does.
    """
    wanted = "kafka" if kafka or topic else None
    settings = load_settings(lake=lake, engine=engine, spark_master=master, kafka=kafka, kafka_topic=topic, source=wanted)
    configure(settings, "engine")
    start_tracing(settings, "engine")
    arm(settings.failpoints)
    clock = SystemClock()
    stop = Stop()
    with writing(f"The lake {settings.lake}"), _lock(settings.lake, clock), ExitStack() as stack:
        home = stack.enter_context(opened_home(settings, clock))
        stop.on_signals()  # not before: a wait for the lake ends with the process
        opened = Lake.create(settings.lake)
        home.keep(opened, stop.set)
        name = choose(opened, settings.engine)
        if wanted and name not in FEEDS:
            raise UsageError(f"The {name} engine does not read Kafka: start `rtl consume` beside it, with the same flags.")
        lane = stack.enter_context(closing(make_lane(settings, opened, clock)))
        told = stack.enter_context(telling_lineage(settings, name, clock))

        def observe(result: StepResult) -> None:
            _log_batch(result)
            told(result)

        pipeline = make_pipeline(settings, opened, clock, observe, lane)
        stop.on_signals()  # Spark takes SIGINT for itself when it starts
        pipeline.recover()
        log.info("the engine runs", lake=str(settings.lake), engine=name)
        if settings.source == "kafka" and name in FEEDS:
            _read_kafka(settings, opened, clock, pipeline, stop, accept_loss=accept_loss)
        else:
            pipeline.run(stop, trigger(settings, name), timedelta(milliseconds=settings.rest_ms))
    log.info("the engine has stopped")


def _read_kafka(settings: Settings, lake: Lake, clock: Clock, pipeline: Pipeline, stop: Stop, *, accept_loss: bool) -> None:
    require_extra()
    with lake.lock("consumer", clock.now()):
        make_kafka_feed(settings, lake, clock, pipeline, accept_loss=accept_loss).run(stop, pipeline)


@contextmanager
def _lock(lake: Path, clock: SystemClock) -> Iterator[None]:
    """The engine's lock, before anything is looked at: only its holder may put right what a crash left."""
    (lake / "_rtl").mkdir(parents=True, exist_ok=True)
    with Lake(lake).lock("engine", clock.now()):
        yield


def _log_batch(result: StepResult) -> None:
    stages = {f"{stage}_ms": round(seconds * 1000) for stage, seconds in result.stage_seconds.items()}
    log.debug("batch", received=result.received, accepted=result.accepted, **stages)
