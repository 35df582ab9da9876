"""What a topic has lost before it was read: put on record, said, and a stop; never passed over in silence."""

from __future__ import annotations

from faults.loads import assert_right, drain, shop
from faults.programs import Programs, until
from kafka.broker import Broker
from kafka.consuming import consumed, positions, start_consumer, status_of, stored, wait_for
from rtlakehouse.ingest.gaps import Gaps
from rtlakehouse.storage.lake import Lake
from running import broken


def refused(programs: Programs, lake: Lake, broker: Broker, topic: str) -> str:
    """What a consumer says that stops at a loss."""
    before = stored(lake)
    consumer = start_consumer(programs, lake.root, broker, topic)
    assert consumer.wait() == 1
    assert stored(lake) == before
    assert "Traceback" not in consumer.said
    assert status_of(lake).trouble in consumer.said.replace("\n", " ")
    return consumer.said.replace("\n", " ")


def test_records_that_retention_removed_unread_stop_it_until_that_is_accepted(
    broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    sent, _ = shop(seed=3, count=150)
    broker.produce(topic, sent[:100], partition=1)
    consumed(programs, lake, broker, topic, 100)
    broker.produce(topic, sent[100:], partition=1)
    broker.cut(topic, 1, before=130)
    for _ in range(2):
        assert "partition 1 begins at 130, and the lake has it up to 100. 30 positions are lost" in refused(
            programs, lake, broker, topic
        )
    (gap,) = Gaps(lake).read()
    assert (gap["stream"], gap["partition"], gap["expected"], gap["found"], gap["accepted"]) == (topic, 1, 100, 130, False)
    consumed(programs, lake, broker, topic, 120, "--accept-loss")
    assert positions(lake) == {(topic, 1): [*range(100), *range(130, 150)]}
    assert [gap["accepted"] for gap in Gaps(lake).read()] == [False, True]
    consumed(programs, lake, broker, topic, 120)
    drain(programs, lake)
    assert_right(lake)


def test_an_accepted_loss_is_in_the_history_of_bronze_even_where_nothing_follows_it(
    broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    sent, _ = shop(seed=4, count=20)
    broker.produce(topic, sent[:10], partition=0)
    consumed(programs, lake, broker, topic, 10)
    broker.produce(topic, sent[10:], partition=0)
    broker.cut(topic, 0, before=20)
    consumed(programs, lake, broker, topic, 10, "--accept-loss")
    history = programs.run("history", "bronze.events", "--json", lake=lake.root).printed
    assert "20 positions are lost" not in history
    assert "10 positions are lost" in history
    consumed(programs, lake, broker, topic, 10)


def test_a_topic_made_anew_is_another_stream_once_that_is_accepted(
    broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    sent, _ = shop(seed=5, count=60)
    broker.produce(topic, sent[:30], partition=0)
    consumed(programs, lake, broker, topic, 30)
    broker.delete(topic)
    made = broker.make(topic)
    broker.produce(topic, sent[30:], partition=0)
    assert f"{topic} is not the topic that the lake has read" in refused(programs, lake, broker, topic)
    consumed(programs, lake, broker, topic, 60, "--accept-loss")
    assert positions(lake) == {(topic, 0): list(range(30)), (f"{topic}@{made.id}", 0): list(range(30))}
    consumed(programs, lake, broker, topic, 60)
    drain(programs, lake)
    assert_right(lake)


def test_nothing_of_a_topic_that_is_made_anew_while_it_is_read_passes_for_the_old_one(
    broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    sent, _ = shop(seed=6, count=200)
    broker.produce(topic, sent[:40], partition=0)
    consumer = start_consumer(programs, lake.root, broker, topic)
    wait_for(lake, 40, consumer)
    broker.delete(topic)
    broker.make(topic)
    # More than the old one had: the position that comes next exists again.
    broker.produce(topic, sent[40:], partition=0)
    assert consumer.wait() == 1
    assert "is not the topic that the lake has read" in consumer.said or "There is no topic" in consumer.said
    assert stored(lake) == 40
    assert broken(lake) == []


def test_a_topic_that_is_gone_is_not_made_anew(broker: Broker, topic: str, programs: Programs, lake: Lake) -> None:
    sent, _ = shop(seed=7, count=5)
    broker.produce(topic, sent)
    consumed(programs, lake, broker, topic, 5)
    broker.delete(topic)
    assert f"There is no topic {topic} any more" in refused(programs, lake, broker, topic)
    assert topic not in broker.admin.list_topics().topics


def test_it_stops_by_itself_when_its_topic_is_deleted(broker: Broker, topic: str, programs: Programs, lake: Lake) -> None:
    sent, _ = shop(seed=8, count=5)
    broker.produce(topic, sent)
    consumer = start_consumer(programs, lake.root, broker, topic)
    wait_for(lake, 5, consumer)
    broker.delete(topic)
    until(lambda: not consumer.running, "it goes on with a topic that is gone")
    assert f"There is no topic {topic} any more" in consumer.said.replace("\n", " ")
