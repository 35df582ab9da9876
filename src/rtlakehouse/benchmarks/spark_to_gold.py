"""One topic read by everything that can: a bare consumer, the embedded engine, the Spark engine, and a plain Spark job."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale
from rtlakehouse.benchmarks.kafka_to_gold import RATE, read_by_embedded
from rtlakehouse.benchmarks.lakehouse import running
from rtlakehouse.benchmarks.latency import Aim, delays_through_kafka, latency_figures
from rtlakehouse.benchmarks.progress import Progress, watched
from rtlakehouse.benchmarks.topic import broker, consume_alone, produce
from rtlakehouse.benchmarks.workload import write_events
from rtlakehouse.engines.registry import require_spark
from rtlakehouse.environment import child_environment
from rtlakehouse.errors import RtlError
from rtlakehouse.kafka.extra import require_extra

__all__ = ["SPARK_TO_GOLD"]

_TOPIC = "events"
_PATIENCE_S = 900.0
_RATE = 300
_AIM = Aim(p50_ms=7_000, p99_ms=15_000)
# The first of so many batches warms up, the others are measured. Of a full run each is what the engine takes at most by itself.
_BATCHES = 5
# As soon as the one before is done: a steady stream is not kept waiting.
_MASTER = "local[2]"
_AT_ONCE: Mapping[str, object] = {"spark_master": _MASTER, "spark_trigger_s": 0.1}


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    lines, events = folder / "events.jsonl", scale.spark_events
    write_events(lines, events, datetime.now(UTC), RATE)
    with broker(folder / "kafka") as address:
        produce(lines, address, _TOPIC)
        alone = consume_alone(address, _TOPIC, events)
        embedded = read_by_embedded(folder / "embedded", address, _TOPIC, events)
        ours = _read_by_engine(folder / "spark", address, events)
        plain = _read_by_plain_job(folder / "plain", address, events)
        beside = [
            Limit("a plain job: from_json, MERGE into silver and into one gold table", plain.warm_rate, "events/s"),
            Limit("the embedded engine, start included", embedded.rate, "events/s"),
            Limit("confluent_kafka alone reads the messages", events / alone, "events/s"),
        ]
        what = "Kafka to gold, Spark local[2], warm"
        yield Figure("spark_to_gold", what, ours.warm_rate, "events/s", 15_000, True, beside)
        yield Figure(
            "spark_to_plain", "its rate as a multiple of the plain job's", ours.warm_rate / plain.warm_rate, "x", 1, True
        )
        timed = delays_through_kafka(
            folder / "steady", address, "steady", _RATE, scale.latency_s, engine="spark", settings=_AT_ONCE
        )
        yield from latency_figures(f"spark_latency_{_RATE}", "Kafka", "Spark", _RATE, timed, _AIM)


def _read_by_engine(lake: Path, address: str, events: int) -> Progress:
    settings = {**_AT_ONCE, "max_batch_events": events // _BATCHES}
    with running(lake, engine="spark", kafka=(address, _TOPIC), settings=settings) as lakehouse:
        return watched(lakehouse, events, _PATIENCE_S)


def _read_by_plain_job(folder: Path, address: str, events: int) -> Progress:
    arguments = (address, _TOPIC, str(folder), str(events // _BATCHES), str(events))
    command = [sys.executable, "-m", "rtlakehouse.benchmarks.plain_job", *arguments]
    environment = {**child_environment(), "RTL_SPARK_MASTER": _MASTER}
    log = folder.with_name("plain.log")
    progress = Progress()
    with open(log, "wb") as output, subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=output) as job:
        for line in job.stdout or ():
            progress.see(int(line))
    if job.returncode or progress.done < events:
        raise RtlError(f"The plain job ended with {job.returncode} after {progress.done:,} events: {_end_of(log)}")
    return progress


def _end_of(log: Path) -> str:
    # DuckDB's binding, which comes with the settings, counts what it did not free when a process fails.
    return log.read_text("utf-8", "replace").partition("nanobind:")[0][-2000:]


def _check() -> None:
    require_extra(broker=True)
    require_spark()


SPARK_TO_GOLD = Benchmark("spark", "read a Kafka topic by both engines and by a plain Spark job", _measure, _check)
