"""Consumer and broker killed, frozen and started again, under load: nothing is lost and nothing doubled."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence

import pytest

from faults.loads import HURRIED, assert_right, drain, shop, start_engine
from faults.programs import Programs, until
from faults.test_failpoints import killed
from kafka.broker import Broker
from kafka.consuming import consumed, positions, rows, start_consumer, status_of, stored, wait_for
from rtlakehouse.storage.lake import Lake

IN_BRONZE = [("before_bronze_commit", 4), ("after_bronze_commit", 4), ("after_bronze_seal", 1)]
SMALL = {"kafka_batch_events": 10, "kafka_linger_ms": 5}
FROZEN_S = 6.0
LONG_FROZEN_S = 60.0


def assert_each_once(lake: Lake, sent: Sequence[bytes]) -> None:
    assert sorted(row["raw"] for row in rows(lake)) == sorted(sent)
    assert all(found == list(range(len(found))) for found in positions(lake).values())
    assert_right(lake)


@pytest.mark.parametrize(("failpoint", "passes"), IN_BRONZE)
def test_a_consumer_killed_there_goes_on_where_bronze_is(
    failpoint: str, passes: int, broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    sent, _ = shop(seed=len(failpoint) + passes, count=120)
    broker.produce(topic, sent)
    settings = {**SMALL, "failpoints": f"{failpoint}:{passes}"}
    assert killed(start_consumer(programs, lake.root, broker, topic, settings=settings))
    assert stored(lake) < 120
    consumed(programs, lake, broker, topic, 120)
    drain(programs, lake)
    assert_each_once(lake, sent)


def test_killed_again_and_again_while_events_come_it_loses_and_doubles_nothing(
    broker: Broker, topic: str, programs: Programs, lake: Lake, seed: int
) -> None:
    dice = random.Random(seed)
    sent, _ = shop(seed=seed, count=240)
    engine = start_engine(programs, lake.root, HURRIED)
    producing = threading.Thread(target=trickle, args=(broker, topic, sent))
    producing.start()
    for _ in range(3):
        consumer = start_consumer(programs, lake.root, broker, topic, settings=SMALL)
        goal = stored(lake) + dice.randint(1, 60)
        until(lambda: stored(lake) >= goal or not producing.is_alive(), "it stores nothing")  # noqa: B023 - called in this round
        consumer.kill()
    producing.join()
    consumed(programs, lake, broker, topic, 240)
    engine.stop()
    drain(programs, lake)
    assert_each_once(lake, sent)


def test_a_broker_that_is_killed_and_started_again_is_waited_for(
    broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    sent, _ = shop(seed=21, count=120)
    consumer = start_consumer(programs, lake.root, broker, topic, settings=SMALL)
    broker.produce(topic, sent[:60])
    wait_for(lake, 60, consumer)
    broker.kill()
    until(lambda: status_of(lake).trouble, "it does not notice that the broker is gone")
    broker.start()
    broker.produce(topic, sent[60:])
    wait_for(lake, 120, consumer)
    until(lambda: not status_of(lake).trouble and status_of(lake).lag == 0, "it still says that the broker is gone")
    consumer.stop()
    drain(programs, lake)
    assert_each_once(lake, sent)


@pytest.mark.parametrize("seconds", [FROZEN_S, pytest.param(LONG_FROZEN_S, marks=pytest.mark.long)])
def test_a_frozen_broker_is_waited_for(seconds: float, broker: Broker, topic: str, programs: Programs, lake: Lake) -> None:
    sent, _ = shop(seed=22, count=120)
    consumer = start_consumer(programs, lake.root, broker, topic, settings=SMALL)
    broker.produce(topic, sent[:60])
    wait_for(lake, 60, consumer)
    with broker.frozen():
        # Long enough for requests to time out.
        threading.Event().wait(seconds)
        assert consumer.running, consumer.said
    broker.produce(topic, sent[60:])
    wait_for(lake, 120, consumer)
    consumer.stop()
    drain(programs, lake)
    assert_each_once(lake, sent)


@pytest.mark.long  # librdkafka waits up to a minute for an answer before it lets go
def test_a_consumer_can_be_stopped_while_the_broker_is_frozen(broker: Broker, topic: str, programs: Programs, lake: Lake) -> None:
    consumer = start_consumer(programs, lake.root, broker, topic)
    with broker.frozen():
        until(lambda: status_of(lake).trouble, "it does not notice")
        consumer.stop()


def trickle(broker: Broker, topic: str, sent: Sequence[bytes]) -> None:
    for first in range(0, len(sent), 20):
        broker.produce(topic, sent[first : first + 20])
