"""Reading a Kafka topic until the ledger accounts for everything in it, beside a consumer that does nothing but read it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale
from rtlakehouse.benchmarks.lakehouse import running
from rtlakehouse.benchmarks.workload import batches_of, write_events
from rtlakehouse.clock import SystemClock
from rtlakehouse.kafka.extra import require_extra
from rtlakehouse.kafka.local import Coordination
from rtlakehouse.settings import Settings, child_environment, load_settings, user_cache
from rtlakehouse.stack.ports import free_port
from rtlakehouse.stack.supervisor import Part, Supervisor

__all__ = ["KAFKA_TO_GOLD"]

_HOST = "127.0.0.1"
_TOPIC = "events"
_PATIENCE_S = 300.0
_BATCH = 10_000
_RATE = 5_000.0


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    lines = folder / "events.jsonl"
    write_events(lines, scale.kafka_events, datetime.now(UTC), _RATE)
    with _broker(folder / "kafka") as address:
        _produce(lines, load_settings(kafka=address, kafka_topic=_TOPIC))
        alone = _consume_alone(address, scale.kafka_events)
        seconds = _consume_to_gold(folder / "lake", address, scale.kafka_events)
    beside = [Limit("confluent_kafka alone reads the messages", scale.kafka_events / alone, "events/s")]
    yield Figure("kafka_to_gold", "Kafka to gold", scale.kafka_events / seconds, "events/s", 70_000, True, beside)


@contextmanager
def _broker(folder: Path) -> Iterator[str]:
    """The address of a Kafka that is stopped after the block."""
    from rtlakehouse.stack.kafka import LocalKafka

    local = LocalKafka(folder, user_cache(), SystemClock(), load_settings().kafka_partitions)
    running_there = local.start(Coordination.KRAFT, free_port(_HOST, 0))
    try:
        yield running_there.address
    finally:
        local.stop(running_there)


def _produce(lines: Path, settings: Settings) -> None:
    from rtlakehouse.kafka.producer import EventProducer
    from rtlakehouse.simulate.kafka_sink import KafkaSink

    sink = KafkaSink(EventProducer(settings, {"schema_version": "1"}, timeout_ms=0), "default", lambda: False)
    for batch in batches_of(lines, _BATCH):
        sink.send(batch.splitlines())
    sink.close()


def _consume_alone(address: str, events: int) -> float:
    """Seconds for reading so many messages in this process and looking at their values alone."""
    from confluent_kafka import Consumer, TopicPartition

    options = {"bootstrap.servers": address, "group.id": "alone", "fetch.queue.backoff.ms": 10}
    partitions = load_settings().kafka_partitions
    started = time.perf_counter()
    consumer = Consumer(options)
    consumer.assign([TopicPartition(_TOPIC, partition, 0) for partition in range(partitions)])
    read = 0
    while read < events:
        read += sum(message.value() is not None for message in consumer.consume(_BATCH, 0.1))
    consumer.close()
    return time.perf_counter() - started


def _consume_to_gold(lake: Path, address: str, events: int) -> float:
    """Seconds from the start of the consumer's process until all of the topic is in the ledger of a running lakehouse."""
    command = [sys.executable, "-m", "rtlakehouse", "consume", "--lake", str(lake), "--kafka", address, "--topic", _TOPIC]
    environment = {**child_environment(), "RTL_LOG_LEVEL": "warning"}
    with running(lake) as lakehouse:
        consumer = Supervisor([Part("source", command)], SystemClock(), environment)
        started = time.perf_counter()
        consumer.start()
        try:
            lakehouse.wait_for(events, _PATIENCE_S)
            return time.perf_counter() - started
        finally:
            consumer.close()


KAFKA_TO_GOLD = Benchmark("kafka", "read a Kafka topic", _measure, require_extra)
