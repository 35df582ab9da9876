"""Reading a Kafka topic into every table, beside a consumer that only reads it; and how soon what is produced shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale
from rtlakehouse.benchmarks.lakehouse import consuming, parts_running, running
from rtlakehouse.benchmarks.latency import Aim, delays_through_kafka, latency_figures
from rtlakehouse.benchmarks.progress import Progress, watched
from rtlakehouse.benchmarks.topic import broker, consume_alone, produce
from rtlakehouse.benchmarks.workload import write_events
from rtlakehouse.kafka.extra import require_extra

__all__ = ["KAFKA_TO_GOLD", "RATE", "read_by_embedded"]

_TOPIC = "events"
_PATIENCE_S = 300.0
RATE = 5_000.0
_AIM = Aim(p50_ms=250, p99_ms=700)


def read_by_embedded(lake: Path, address: str, topic: str, events: int) -> Progress:
    """Let `rtl consume` feed a running lakehouse with all of a topic, from the start of its process on."""
    with running(lake) as lakehouse, parts_running([consuming(lake, address, topic)]):
        return watched(lakehouse, events, _PATIENCE_S)


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    lines = folder / "events.jsonl"
    write_events(lines, scale.kafka_events, datetime.now(UTC), RATE)
    with broker(folder / "kafka") as address:
        produce(lines, address, _TOPIC)
        alone = consume_alone(address, _TOPIC, scale.kafka_events)
        found = read_by_embedded(folder / "lake", address, _TOPIC, scale.kafka_events)
        beside = [Limit("confluent_kafka alone reads the messages", scale.kafka_events / alone, "events/s")]
        yield Figure("kafka_to_gold", "Kafka to gold, embedded", found.rate, "events/s", 70_000, True, beside)
        for rate in (300, 5_000):
            timed = delays_through_kafka(folder / f"lake-{rate}", address, f"steady-{rate}", rate, scale.latency_s)
            yield from latency_figures(f"kafka_latency_{rate}", "Kafka", "embedded", rate, timed, _AIM)


KAFKA_TO_GOLD = Benchmark(
    "kafka", "read a Kafka topic, and watch the live figures", _measure, partial(require_extra, broker=True)
)
