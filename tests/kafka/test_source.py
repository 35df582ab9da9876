"""A topic becomes bronze: each record once, at its place, whatever is done to the topic and to the consumer meanwhile."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus import VALID
from faults.loads import assert_right, drain, shop, start_engine
from faults.programs import Programs, until
from kafka.broker import AbortedError, Broker
from kafka.consuming import consumed, positions, rows, start_consumer, status_of, stored, wait_for
from rtlakehouse.clock import SystemClock
from rtlakehouse.ingest.kafka_topic import ReadTopic
from rtlakehouse.settings import load_settings
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log_checkpoint import transactions
from running import broken
from shapes import as_json

NOW_MS = round(datetime.now(UTC).timestamp() * 1000)


def events(count: int, first: int = 0) -> list[bytes]:
    """Valid events of now, of a few users."""
    return [as_json(**VALID | {"event_id": f"e{i}", "user_id": f"u{i % 7}", "ts": NOW_MS}) for i in range(first, first + count)]


def test_every_record_is_in_bronze_at_its_place_and_refined_as_it_must_be(
    broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    sent, _ = shop(seed=11, count=300)
    broker.produce(topic, sent, {"tenant": "acme", "schema_version": "1"})
    consumed(programs, lake, broker, topic, 300)
    assert sorted(row["raw"] for row in rows(lake)) == sorted(sent)
    found = positions(lake)
    assert {stream for stream, _ in found} == {topic}
    assert all(places == list(range(len(places))) for places in found.values())
    assert {(row["tenant_id"], row["headers"]) for row in rows(lake)} == {("acme", '{"tenant":"acme","schema_version":"1"}')}
    drain(programs, lake)
    assert_right(lake)


def test_the_time_of_a_record_is_when_it_was_received(broker: Broker, topic: str, programs: Programs, lake: Lake) -> None:
    broker.produce(topic, events(1), timestamp=NOW_MS - 20_000)
    consumed(programs, lake, broker, topic, 1)
    (row,) = rows(lake)
    assert row["received_at"] == datetime.fromtimestamp((NOW_MS - 20_000) / 1000, UTC)


def test_it_goes_on_where_bronze_says_and_not_where_the_group_does(
    broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    broker.produce(topic, events(50))
    consumed(programs, lake, broker, topic, 50)
    broker.admin.delete_consumer_groups(["rtlakehouse"])["rtlakehouse"].result()
    broker.produce(topic, events(50, first=50))
    consumed(programs, lake, broker, topic, 100)
    assert sorted(row["raw"] for row in rows(lake)) == sorted(events(100))
    assert broken(lake) == []


def test_a_topic_that_is_not_there_is_made_with_the_partitions_of_the_settings(
    broker: Broker, name: str, programs: Programs, lake: Lake
) -> None:
    consumer = start_consumer(programs, lake.root, broker, name, settings={"kafka_partitions": 5})
    broker.produce(name, events(10))
    wait_for(lake, 10, consumer)
    assert len(broker.admin.list_topics(name).topics[name].partitions) == 5


def test_partitions_that_are_added_are_read_from_their_beginning(
    broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    consumer = start_consumer(programs, lake.root, broker, topic)
    broker.produce(topic, events(20))
    wait_for(lake, 20, consumer)
    broker.widen(topic, 5)
    broker.produce(topic, events(10, first=20), partition=3)
    broker.produce(topic, events(10, first=30), partition=4)
    wait_for(lake, 40, consumer)
    assert positions(lake)[topic, 4] == list(range(10))
    drain(programs, lake)
    assert_right(lake)


def test_of_transactions_only_what_was_committed_is_read_and_the_rest_is_no_gap(
    broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    made = broker.find(topic)
    assert made is not None
    prefix = f"kafka:{made.cluster_id}:{made.id}:{topic}"
    consumer = start_consumer(programs, lake.root, broker, topic)
    # One id: each waits until the marker of the one before is written.
    for i, aborted in enumerate((False, True, False)):
        with broker.producing(transactional_id=topic) as send:
            for event in events(5, first=5 * i):
                send(topic, event, partition=0)
            if aborted:
                raise AbortedError
    wait_for(lake, 10, consumer)
    # Each transaction ends with a marker that takes a position.
    assert positions(lake) == {(topic, 0): [*range(5), *range(12, 17)]}
    until(lambda: status_of(lake).partitions and status_of(lake).lag == 0, "markers at the end count as lag for ever")
    # The position behind the last marker is committed by itself, for the marker may be gone by the next start.
    until(lambda: transactions(lake.path("bronze.events")).get(f"{prefix}:0") == 18, "it is never committed")
    consumer.stop()
    drain(programs, lake)
    assert_right(lake)


def test_what_is_no_event_is_kept_too(broker: Broker, topic: str, programs: Programs, lake: Lake) -> None:
    broker.produce(topic, [None, b"", b"\xff", b"{"], key=b"k")
    consumed(programs, lake, broker, topic, 4)
    drain(programs, lake)
    assert lake.read("silver.quarantine").num_rows == 4
    assert_right(lake)


def test_records_of_10_mb_are_quarantined_in_bounded_memory(broker: Broker, name: str, programs: Programs, lake: Lake) -> None:
    broker.make(name, partitions=1)
    poison = [os.urandom(10_000_000) for _ in range(4)]
    for _ in range(8):
        broker.produce(name, [*poison, *events(1)], key=b"k")
    consumer = start_consumer(programs, lake.root, broker, name)
    wait_for(lake, 40, consumer)
    peak_kb = int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{consumer.pid}/status").read_text())[0])
    consumer.stop()
    assert peak_kb < 600_000
    drain(programs, lake)
    assert set(lake.read("silver.quarantine")["reasons"].to_pylist()[0]) == {"oversized"}
    assert lake.read("silver.quarantine").num_rows == 32
    assert broken(lake) == []


def test_it_waits_while_the_engine_is_behind_and_says_how_much_waits(
    broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    broker.produce(topic, events(1_000))
    held = {"kafka_ahead_events": 200, "kafka_batch_events": 50}
    consumer = start_consumer(programs, lake.root, broker, topic, settings=held)
    until(lambda: stored(lake) > 200 and status_of(lake).lag > 0, "it never has to wait")
    until(lambda: status_of(lake).lag == 1_000 - stored(lake), "the lag is not what is missing")
    assert stored(lake) <= 200 + 50
    engine = start_engine(programs, lake.root)
    wait_for(lake, 1_000, consumer)
    consumer.stop()
    engine.stop()
    drain(programs, lake)
    assert_right(lake)


def test_a_second_consumer_of_a_lake_ends_and_names_the_first(broker: Broker, topic: str, programs: Programs, lake: Lake) -> None:
    first = start_consumer(programs, lake.root, broker, topic)
    second = start_consumer(programs, lake.root, broker, topic)
    assert second.wait() == 1
    assert re.search(rf"Another consumer works on .*pid {first.pid}", second.said)
    assert first.running


def test_brokers_that_are_not_there_are_waited_for(programs: Programs, lake: Lake, broker: Broker, topic: str) -> None:
    consumer = programs.start("consume", "--kafka", "127.0.0.1:1", "--topic", topic, lake=lake.root)
    until(lambda: "trouble with Kafka" in consumer.said and status_of(lake).trouble, "it does not say that nobody answers")
    assert "127.0.0.1:1" in status_of(lake).trouble
    consumer.stop()


@pytest.mark.parametrize(
    ("option", "named"),
    [
        ('{"enable.auto.commit": "true"}', "kafka_options may not set enable.auto.commit"),
        ('{"sasl.mechanisn": "PLAIN"}', "sasl.mechanisn"),
        ("no json", "kafka_options"),
    ],
)
def test_options_that_cannot_be_are_wrong_usage(option: str, named: str, broker: Broker, programs: Programs, root: Path) -> None:
    settings = {"kafka_options": option}
    consumer = programs.run("consume", "--kafka", broker.address, lake=root, settings=settings)
    assert consumer.code == 2, consumer.said
    assert named in consumer.said
    assert "Traceback" not in consumer.said


def test_options_are_handed_on_and_their_values_are_not_shown(broker: Broker, topic: str, programs: Programs, root: Path) -> None:
    login = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "u", "sasl.password": "hidden"}
    settings = {"kafka_options": json.dumps(login)}
    consumer = programs.start("consume", "--kafka", broker.address, "--topic", topic, lake=root, settings=settings)
    # The broker has no such listener: that it is asked for is how it shows.
    until(lambda: "trouble with Kafka" in consumer.said, f"it is as if they were not there\n{consumer.said}")
    shown = programs.run("settings", "--json", lake=root, settings=settings)
    assert "sasl.username" in shown.printed
    assert "hidden" not in shown.printed + consumer.said


def test_a_topic_that_is_deleted_after_a_look_has_no_ends(broker: Broker, topic: str, lake: Lake) -> None:
    broker.produce(topic, [b"one"])
    read = ReadTopic(lake, SystemClock(), load_settings(kafka=broker.address, kafka_topic=topic))
    seen = read.look().topic
    assert seen is not None
    assert sum(read.ends(seen).values()) == 1
    broker.delete(topic)
    assert read.ends(seen) == {}
