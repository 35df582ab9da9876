"""`rtl consume`: Kafka as the source."""

from __future__ import annotations

import structlog

from rtlakehouse.cli.kafka import AcceptLossOption, KafkaOption, TopicOption
from rtlakehouse.cli.options import LakeOption
from rtlakehouse.clock import SystemClock
from rtlakehouse.failpoints import arm
from rtlakehouse.home import require_filled
from rtlakehouse.kafka.extra import require_extra
from rtlakehouse.observability.logging import configure
from rtlakehouse.observability.otlp import start_tracing
from rtlakehouse.settings import load_settings
from rtlakehouse.stopping import Stop
from rtlakehouse.storage.durable import writing
from rtlakehouse.storage.lake import Lake

__all__ = ["consume"]

log = structlog.get_logger(__name__)

# The tables that it writes to.
_WRITES = ("bronze.events",)


def consume(
    lake: LakeOption = None,
    kafka: KafkaOption = None,
    topic: TopicOption = None,
    accept_loss: AcceptLossOption = False,
) -> None:
    """Read a Kafka topic into bronze until stopped; `rtl run` takes it on from there.

    Where it goes on is in bronze, not in Kafka. What Kafka lost before it was read is put on record in `_rtl/gaps.jsonl`, and
    ends it with a message.
    """
    require_extra()
    from rtlakehouse.ingest.kafka import KafkaSource

    settings = load_settings(lake=lake, kafka=kafka, kafka_topic=topic)
    configure(settings, "source")
    start_tracing(settings, "source")
    arm(settings.failpoints)
    clock = SystemClock()
    stop = Stop().on_signals()
    require_filled(settings)
    with writing(f"The lake {settings.lake}"):
        opened = Lake.create(settings.lake, _WRITES)
        with opened.lock("consumer", clock.now()):
            KafkaSource(opened, clock, settings, accept_loss=accept_loss).run(stop)
    log.info("the consumer has stopped")
