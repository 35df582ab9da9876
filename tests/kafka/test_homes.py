"""Lakes at home in a real object store, MinIO: programs killed, disks lost, the store away; another machine goes on."""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from faults.gateways import Gateway
from faults.loads import HURRIED, assert_right, commit, is_refined, shop, start_engine
from faults.programs import Programs, until
from kafka.broker import Broker
from kafka.consuming import positions, rows, start_consumer, stored, wait_for
from kafka.test_crashes import SMALL
from rtlakehouse.home import read_status
from rtlakehouse.storage.lake import Lake
from storage.minio import Minio

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

HOME = "s3://shop/live"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Minio]:
    server = Minio.started(tmp_path / "minio")
    yield server
    server.stop()


@pytest.fixture
def homed(store: Minio) -> dict[str, object]:
    """The settings of a program on a lake that is at home there."""
    return {**store.environment, **HURRIED, "home": HOME, "home_lease_s": 3}


def is_level(lake: Lake) -> bool:
    """Whether everything is worked off and in the home."""
    status = read_status(lake.control)
    return is_refined(lake) and status is not None and status.versions["ops.ledger"] == lake.version("ops.ledger")


def ended(programs: Programs, root: Path, homed: Mapping[str, object]) -> Lake:
    """The lake, once an engine has worked everything off and ended."""
    engine = start_engine(programs, root, homed)
    lake = Lake.open(root)
    until(lambda: not engine.running or is_level(lake), f"it does not get level\n{engine.said[-2000:]}")
    engine.stop()
    return lake


def test_kafkas_events_are_there_each_once_when_every_disk_is_lost_again_and_again(
    broker: Broker, topic: str, programs: Programs, tmp_path: Path, homed: dict[str, object], seed: int
) -> None:
    dice = random.Random(seed)
    sent, _ = shop(seed=seed, count=400)
    broker.produce(topic, sent)
    settings = {**homed, **SMALL, "kafka_ahead_events": 40}
    for number in range(4):
        root = tmp_path / f"machine{number}"
        engine = start_engine(programs, root, settings)
        lake = Lake.open(root)
        goal = stored(lake) + dice.randint(10, 80)
        consumer = start_consumer(programs, root, broker, topic, settings=settings)
        until(lambda: stored(lake) >= goal or not consumer.running, "it stores nothing")  # noqa: B023 - called in this round
        for program in (consumer, engine):
            program.kill()
        assert "the working copy was filled" in engine.said or number == 0
        shutil.rmtree(root)
    root = tmp_path / "last"
    engine = start_engine(programs, root, settings)
    consumer = start_consumer(programs, root, broker, topic, settings=settings)
    wait_for(Lake.open(root), len(sent), consumer)
    consumer.stop()
    engine.stop()
    lake = ended(programs, tmp_path / "elsewhere", homed)
    assert sorted(row["raw"] for row in rows(lake)) == sorted(sent)
    assert all(found == list(range(len(found))) for found in positions(lake).values())
    assert_right(lake)


def test_one_that_wakes_after_another_took_over_writes_nothing_and_says_what_it_has(
    programs: Programs, tmp_path: Path, homed: dict[str, object]
) -> None:
    sent, _ = shop(seed=3, count=120)
    first = start_engine(programs, tmp_path / "first", homed)
    lake = Lake.open(tmp_path / "first")
    commit(lake, sent[:60])
    until(lambda: is_level(lake), f"it is not uploaded\n{first.said[-2000:]}")
    first.signal(signal.SIGSTOP)
    commit(lake, sent[:80])
    second = start_engine(programs, tmp_path / "second", homed)
    other = Lake.open(tmp_path / "second")
    commit(other, sent)
    first.signal(signal.SIGCONT)
    assert first.wait() == 1
    assert "has taken over" in first.said or "Somebody else wrote" in first.said
    again = programs.run("run", lake=tmp_path / "first", settings=homed)
    assert again.code == 1
    assert "is worked on by the process" in again.said
    until(lambda: is_level(other), f"it is not uploaded\n{second.said[-2000:]}")
    second.stop()
    refused = programs.run("run", lake=tmp_path / "first", settings=homed)
    assert refused.code == 1
    assert "(20 rows)" in refused.said
    third = ended(programs, tmp_path / "third", homed)
    assert sorted(row["raw"] for row in rows(third)) == sorted(sent)
    assert_right(third)


def test_a_store_that_is_away_holds_nothing_up_and_gets_everything_when_it_is_back(
    programs: Programs, tmp_path: Path, homed: dict[str, object], store: Minio
) -> None:
    sent, _ = shop(seed=4, count=120)
    engine = start_engine(programs, tmp_path / "lake", homed)
    lake = Lake.open(tmp_path / "lake")
    commit(lake, sent[:60])
    until(lambda: is_level(lake), "it is not uploaded")
    store.stop()
    commit(lake, sent)
    until(lambda: is_refined(lake), "the engine waits for the store")
    until(lambda: "the home is behind" in engine.said, "it does not say that the store is away")
    store.start()
    until(lambda: is_level(lake), f"it is not uploaded\n{engine.said[-2000:]}")
    engine.stop()
    assert_right(ended(programs, tmp_path / "elsewhere", homed))


def test_posts_through_the_api_are_there_after_kills_and_on_another_machine(
    programs: Programs, tmp_path: Path, homed: dict[str, object]
) -> None:
    sent, _ = shop(seed=5, count=60)
    root = tmp_path / "lake"
    engine = start_engine(programs, root, homed)
    gateway = Gateway.start(programs, root, homed)
    for number, event in enumerate(sent):
        assert gateway.post(event).status_code in (202, 400)
        if number % 20 == 10:
            engine.kill()
            gateway.program.kill()
            engine = start_engine(programs, root, homed)
            gateway = gateway.restart()
    until(lambda: is_level(Lake.open(root)), "it is not uploaded")
    elsewhere = programs.run("api", "--port", "0", lake=tmp_path / "elsewhere", settings=homed)
    assert elsewhere.code == 1
    assert "is no whole working copy" in elsewhere.said
    for program in (gateway.program, engine):
        program.stop()
    there = ended(programs, tmp_path / "there", homed)
    assert [row["raw"] for row in rows(there)] == [row["raw"] for row in rows(Lake.open(root))]
    assert_right(there)
    again = Gateway.start(programs, there.root, homed)
    assert again.get("/tables").status_code == 200
