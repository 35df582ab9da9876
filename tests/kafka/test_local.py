"""`rtl kafka`: a real broker without Docker, by itself or with ZooKeeper, and `rtl up` with one of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import httpx
import psutil
import pytest

from faults.gateways import admin_key
from faults.loads import assert_right, drain, shop
from faults.programs import Programs, until
from integration.test_up import Up
from kafka.broker import HOST, Broker
from kafka.consuming import consumed, stored
from rtlakehouse.kafka.local import running_in
from rtlakehouse.stack.ports import free_port
from rtlakehouse.storage.lake import Lake
from running import broken


@pytest.mark.long
def test_with_zookeeper_it_serves_a_lake_and_keeps_its_data_between_starts(
    tmp_path: Path, programs: Programs, lake: Lake, name: str
) -> None:
    """By itself it is what all other tests here use; that its data is kept is seen where it is killed."""
    broker = Broker.started(tmp_path / "own kafka", "zookeeper")
    try:
        made = broker.make(name)
        sent, _ = shop(seed=51, count=60)
        broker.produce(name, sent)
        broker.stop()
        assert not psutil.pid_exists(broker.pid)
        broker.start()
        assert broker.find(name) == made
        consumed(programs, lake, broker, name, 60)
        said = broker.rtl("status")
        assert said["pids"].keys() == {"zookeeper", "kafka"}
        assert "started (KafkaServer)" in Path(said["log"]).read_text()
    finally:
        broker.stop()
    drain(programs, lake)
    assert_right(lake)


def test_a_broker_that_runs_is_said_and_not_started_twice(broker: Broker) -> None:
    said = broker.rtl("status")
    assert (said["running"], said["address"], said["coordination"]) == (True, broker.address, "kraft")
    assert broker.rtl("start") == said
    assert running_in(broker.folder).address == broker.address


def test_where_none_runs_status_fails_and_stop_does_nothing(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "none", 0)
    assert broker.rtl("status", code=1) == {"running": False, "folder": str(tmp_path / "none")}
    assert broker.rtl("stop")["running"] is False


def test_without_a_local_broker_what_needs_one_says_how_to_start_it(programs: Programs, lake: Lake) -> None:
    consumer = programs.run("consume", lake=lake.root)
    assert consumer.code == 1
    assert "`rtl kafka start`" in consumer.said


def test_a_coordination_that_is_not_that_of_the_kafka_there_is_is_refused(broker: Broker, programs: Programs, root: Path) -> None:
    flags = ("up", "--source", "kafka", "--coordination", "zookeeper")
    for kafka, why in (("local", "runs by kraft"), (broker.address, "--kafka local")):
        refused = programs.run(*flags, "--kafka", kafka, lake=root, settings={"kafka_folder": broker.folder})
        assert refused.code == 2
        assert why in refused.said


def test_local_is_the_broker_that_was_started(broker: Broker, topic: str, programs: Programs, lake: Lake) -> None:
    consumer = programs.start("consume", "--topic", topic, lake=lake.root, settings={"kafka_folder": broker.folder})
    until(lambda: "the consumer reads" in consumer.said, f"it does not find it\n{consumer.said}")


@pytest.mark.parametrize(
    ("flag", "javas"),
    [pytest.param((), 1, id="kraft"), pytest.param(("--coordination", "zookeeper"), 2, id="zookeeper", marks=pytest.mark.long)],
)
def test_up_starts_a_broker_of_its_own_and_brings_events_through_it(
    flag: Sequence[str], javas: int, programs: Programs, root: Path, tmp_path: Path
) -> None:
    settings = {"kafka_folder": tmp_path / "kafka", "kafka_port": free_port(HOST, 0)}
    flags = ("--source", "kafka", "--kafka", "local", *flag, "--port", str(free_port(HOST, 0)), "--rate", "50", "--no-monitor")
    up = Up.announced(programs.start("up", *flags, lake=root, settings=settings))
    until(lambda: stored(Lake(root)) > 200, f"nothing comes through Kafka\n{up.program.said[-2000:]}")
    children = [child.name() for child in up.processes()]
    assert children.count("java") == javas
    parts = {part["name"]: part["status"] for part in up.get("/health")["parts"]}
    assert parts["source"] == parts["gateway"] == "ok"
    key = {"X-API-Key": admin_key(root)}
    answer = httpx.post(f"{up.page}/api/v1/events", json={"event_id": "x"}, headers=key, timeout=20, trust_env=False)
    assert answer.json()["receipts"][0].startswith("kafka-events-")
    up.program.stop()
    drain(programs, Lake.open(root))
    assert broken(Lake.open(root)) == []
