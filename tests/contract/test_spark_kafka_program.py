"""`rtl run --engine spark --kafka` and `rtl up`, as a user runs them: beside a consumer, killed in the middle of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from contract.test_spark_program import PATIENT_S, assert_killed
from faults.loads import assert_right, is_refined, shop
from faults.programs import Program, Programs, until
from integration.test_up import Up
from kafka.broker import HOST, Broker
from kafka.consuming import positions, rows, stored
from rtlakehouse.stack.ports import free_port
from rtlakehouse.storage.checkpoint import Checkpoint
from rtlakehouse.storage.lake import Lake
from running import broken

# A JVM has to start, and the machine may do something else as well.
pytestmark = pytest.mark.timeout(900)

HURRIED = {"spark_trigger_s": 0.2, "max_batch_events": 40, "log_level": "debug"}


def start_reading(
    programs: Programs, lake: Lake, broker: Broker, topic: str, settings: Mapping[str, object] | None = None
) -> Program:
    flags = ("--engine", "spark", "--kafka", broker.address, "--topic", topic)
    return programs.start("run", *flags, lake=lake.root, settings={**HURRIED, **(settings or {})})


def read_all(
    programs: Programs,
    lake: Lake,
    broker: Broker,
    topic: str,
    count: int,
    settings: Mapping[str, object] | None = None,
    patience_s: float = PATIENT_S,
) -> Program:
    """Read until all of the topic is refined, and bronze holds `count` records."""
    engine = start_reading(programs, lake, broker, topic, settings)
    until(
        lambda: not engine.running or (is_reading(engine) and stored(lake) >= count and is_refined(lake)),
        f"{stored(lake)} of {count}\n{engine.said[-3000:]}",
        patience_s,
    )
    assert engine.running, engine.said[-3000:]
    return engine


def is_reading(engine: Program) -> bool:
    return "the engine reads Kafka" in engine.said


def assert_each_once(lake: Lake, sent: Sequence[bytes]) -> None:
    assert sorted(row["raw"] for row in rows(lake)) == sorted(sent)
    assert all(found == list(range(len(found))) for found in positions(lake).values())
    assert_right(lake)


AT_LENGTH = [
    *("before_bronze_commit:2", "after_bronze_commit:2", "after_bronze_seal:1"),
    *("after_one_gold_table:5", "before_ledger_commit:1", "after_ledger_commit:2"),
]
IN_A_BATCH = [
    pytest.param("after_one_silver_sibling:2", marks=pytest.mark.long),
    *(pytest.param(place, marks=pytest.mark.chaos) for place in AT_LENGTH),
]


@pytest.mark.parametrize("place", IN_A_BATCH)
def test_killed_in_the_middle_of_a_batch_it_goes_on_where_bronze_is(
    place: str, spark_options: Any, broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    # Three batches: whatever it is killed at is not the last one.
    sent, _ = shop(seed=24, count=100)
    broker.produce(topic, sent)
    assert_killed(start_reading(programs, lake, broker, topic, {"failpoints": place}))
    assert stored(lake) < len(sent)
    engine = read_all(programs, lake, broker, topic, len(sent))
    engine.stop()
    assert "Traceback" not in engine.said
    assert_each_once(lake, sent)


def test_the_embedded_engine_says_what_reads_kafka_for_it(programs: Programs, lake: Lake) -> None:
    refused = programs.run("run", "--kafka", f"{HOST}:9", lake=lake.root)
    assert refused.code == 2
    assert "`rtl consume`" in refused.said


@pytest.mark.long
def test_up_has_spark_read_what_the_simulator_sends(
    spark_options: Any, broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    flags = ("--engine", "spark", "--source", "kafka", "--kafka", broker.address, "--rate", "50", "--no-monitor")
    port = ("--port", str(free_port(HOST, 0)))
    up = Up.announced(
        programs.start("up", *flags, *port, lake=lake.root, settings={**HURRIED, "kafka_topic": topic, "read_limit": False})
    )
    until(lambda: up.events() > 100, f"nothing comes through Kafka\n{up.program.said[-3000:]}", PATIENT_S)
    commands = [" ".join(child.cmdline()) for child in up.processes()]
    assert not [command for command in commands if " consume " in command]
    health = {part["name"]: part for part in up.get("/health")["parts"]}
    assert health["source"]["status"] == "ok", health["source"]
    beside = programs.run("consume", "--kafka", broker.address, "--topic", topic, lake=lake.root)
    assert beside.code == 1
    assert "Another consumer works on" in beside.said
    assert str(Checkpoint.of(lake).folder) in programs.run("doctor", lake=lake.root).printed.replace("\n", "")
    up.program.stop()
    assert broken(lake) == []
