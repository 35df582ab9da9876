"""A real Kafka topic to measure with: the broker, what is produced to it, and a consumer that does nothing but read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rtlakehouse.benchmarks.lakehouse import parts_running
from rtlakehouse.benchmarks.workload import batches_of
from rtlakehouse.clock import SystemClock
from rtlakehouse.environment import user_cache
from rtlakehouse.kafka.local import Coordination
from rtlakehouse.settings import load_settings
from rtlakehouse.stack.ports import free_port

if TYPE_CHECKING:
    from rtlakehouse.simulate.kafka_sink import KafkaSink

__all__ = ["broker", "consume_alone", "produce", "sink"]

_HOST = "127.0.0.1"
_BATCH = 10_000


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """The address of a Kafka that is stopped after the block. It may not answer yet: who sends waits for it."""
    from rtlakehouse.stack.kafka import LocalKafka

    folder.mkdir()
    local = LocalKafka(folder, user_cache(), SystemClock(), load_settings().kafka_partitions)
    port = free_port(_HOST, 0)
    with parts_running(local.parts(Coordination.KRAFT, port), folder / "output.log"):
        yield f"{_HOST}:{port}"


@contextmanager
def sink(address: str, topic: str) -> Iterator[KafkaSink]:
    """What the simulator produces with: idempotent, acknowledged, by user."""
    from rtlakehouse.kafka.producer import EventProducer
    from rtlakehouse.simulate.kafka_sink import KafkaSink

    producer = EventProducer(load_settings(kafka=address, kafka_topic=topic), {"schema_version": "1"}, timeout_ms=0)
    opened = KafkaSink(producer, "default", lambda: False)
    try:
        yield opened
    finally:
        opened.close()


def produce(lines: Path, address: str, topic: str) -> None:
    """Fill a topic with the lines of a file; all are acknowledged when this returns."""
    with sink(address, topic) as opened:
        for batch in batches_of(lines, _BATCH):
            opened.send(batch.splitlines())


def consume_alone(address: str, topic: str, events: int) -> float:
    """Seconds for reading so many messages in this process and looking at their values alone."""
    from confluent_kafka import Consumer, TopicPartition

    options = {"bootstrap.servers": address, "group.id": "alone", "fetch.queue.backoff.ms": 10}
    partitions = load_settings().kafka_partitions
    started = time.perf_counter()
    consumer = Consumer(options)
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
    read = 0
    while read < events:
        read += sum(message.value() is not None for message in consumer.consume(_BATCH, 0.1))
    consumer.close()
    return time.perf_counter() - started
