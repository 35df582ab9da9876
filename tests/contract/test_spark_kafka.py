"""Spark reads Kafka into bronze as `rtl consume` does: the same rows, each once, whatever becomes of checkpoint and topic."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from contract.conftest import Start
from contract.reading import Reading
from contract.test_spark_program import PATIENT_S
from faults.loads import assert_right, shop
from faults.programs import Programs, until
from kafka.broker import AbortedError, Broker
from kafka.consuming import consumed, positions, rows, status_of
from kafka.test_crashes import LONG_FROZEN_S
from rtlakehouse.ingest.gaps import Gaps
from rtlakehouse.storage.checkpoint import Checkpoint
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log_checkpoint import transactions

# The first batch of a JVM that has just started takes long where the machine does something else as well.
pytestmark = pytest.mark.timeout(600)

HEADERS: Sequence[Sequence[tuple[str, bytes | None]]] = (
    [],
    [("tenant", b"acme")],
    [("tenant", b"acme"), ("schema_version", b"1")],
    [("tenant", b"a"), ("trace", 'ä"\n\u2028'.encode()), ("tenant", b"b")],
    [("Tenant", b"acme")],
    [("tenant", b"No Tenant!")],
    [("tenant", b"acme\n")],
    [("tenant", None), ("empty", b"")],
    [("trace", b"\xff\xe2\x28"), ("tenant", b"zeta")],
)


def without_ingestion(found: Lake) -> list[dict[str, Any]]:
    """Bronze without the time at which it was stored."""
    return [{name: value for name, value in row.items() if name != "ingested_at"} for row in rows(found)]


def produce_strangely(broker: Broker, topic: str) -> int:
    """Records with every kind of header, key and value; how many."""
    raws = (None, b"", b"\xff\x00", b"x" * 100_000)
    producer = Producer({"bootstrap.servers": broker.address, "log_level": 0})
    for i, headers in enumerate(HEADERS):
        producer.produce(topic, b'{"event_id":"%d"}' % i, headers=list(headers), partition=i % 3)
    for raw in raws:
        producer.produce(topic, raw, b"\x80k", partition=1, timestamp=1_795_521_600_500)
    assert producer.flush(60) == 0
    return len(HEADERS) + len(raws)


def test_the_rows_are_those_that_the_consumer_makes(
    broker: Broker, topic: str, lake: Lake, start_spark: Start, programs: Programs, tmp_path: Path
) -> None:
    sent, _ = shop(seed=41, count=120)
    broker.produce(topic, sent, {"tenant": "acme"})
    count = len(sent) + produce_strangely(broker, topic)
    with Reading(start_spark, lake, broker, topic) as reading:
        reading.wait_for(count)
    beside = Lake.create(tmp_path / "beside")
    consumed(programs, beside, broker, topic, count)
    assert without_ingestion(lake) == without_ingestion(beside)
    assert transactions(lake.path("bronze.events")) == transactions(beside.path("bronze.events"))
    assert_right(lake)


def test_it_goes_on_where_bronze_is_with_its_checkpoint_and_without(
    broker: Broker, topic: str, lake: Lake, start_spark: Start
) -> None:
    sent, _ = shop(seed=42, count=90)
    checkpoint = Checkpoint.of(lake)
    begun = []
    for turn in (30, 60, 90):
        broker.produce(topic, sent[turn - 30 : turn])
        with Reading(start_spark, lake, broker, topic) as reading:
            reading.wait_for(turn)
        begun.append(checkpoint.made)
        if turn == 60:
            shutil.rmtree(checkpoint.folder)
    assert begun[0] == begun[1] != begun[2]
    assert sorted(row["raw"] for row in rows(lake)) == sorted(sent)
    assert status_of(lake).trouble == ""
    assert_right(lake)


def test_a_checkpoint_that_is_further_than_the_lake_loses_nothing(
    broker: Broker, topic: str, lake: Lake, start_spark: Start, tmp_path: Path
) -> None:
    sent, _ = shop(seed=43, count=60)
    for turn in (30, 60):
        broker.produce(topic, sent[turn - 30 : turn])
        with Reading(start_spark, lake, broker, topic) as reading:
            reading.wait_for(turn)
        if turn == 30:
            shutil.copytree(lake.root, tmp_path / "backup")
    # The backup of the tables is put back, and the checkpoint of the later time is still there.
    shutil.copytree(Checkpoint.of(lake).folder, tmp_path / "checkpoint")
    shutil.rmtree(lake.root)
    shutil.move(tmp_path / "backup", lake.root)
    shutil.rmtree(Checkpoint.of(lake).folder)
    shutil.move(tmp_path / "checkpoint", Checkpoint.of(lake).folder)
    with Reading(start_spark, Lake.create(lake.root), broker, topic) as reading:
        reading.wait_for(60)
    assert sorted(row["raw"] for row in rows(lake)) == sorted(sent)
    assert_right(lake)


def test_records_that_were_removed_unread_stop_it_until_that_is_accepted(
    broker: Broker, topic: str, lake: Lake, start_spark: Start
) -> None:
    sent, _ = shop(seed=45, count=60)
    broker.produce(topic, sent[:30], partition=1)
    with Reading(start_spark, lake, broker, topic) as reading:
        reading.wait_for(30)
    broker.produce(topic, sent[30:], partition=1)
    broker.cut(topic, 1, before=40)
    with Reading(start_spark, lake, broker, topic) as reading:
        assert "begins at 40, and the lake has it up to 30. 10 positions are lost" in reading.refusal()
    assert "10 positions are lost" in status_of(lake).trouble
    with Reading(start_spark, lake, broker, topic, accept_loss=True) as reading:
        reading.wait_for(50)
    assert [gap["accepted"] for gap in Gaps(lake).read()] == [False, True]
    assert positions(lake) == {(topic, 1): [*range(30), *range(40, 60)]}
    assert_right(lake)


def test_a_topic_that_is_made_anew_while_it_is_read_stops_it(broker: Broker, topic: str, lake: Lake, start_spark: Start) -> None:
    sent, _ = shop(seed=46, count=60)
    broker.produce(topic, sent[:30], partition=0)
    with Reading(start_spark, lake, broker, topic) as reading:
        reading.wait_for(30)
        broker.delete(topic)
        broker.make(topic)
        # More than the old one had: the position that comes next exists again.
        broker.produce(topic, sent, partition=0)
        said = reading.refusal()
    assert "is not the topic that the lake has read" in said or "There is no topic" in said
    assert positions(lake) == {(topic, 0): list(range(30))}
    assert_right(lake)


def test_partitions_that_are_added_are_read_from_their_beginning(
    broker: Broker, topic: str, lake: Lake, start_spark: Start
) -> None:
    sent, _ = shop(seed=47, count=60)
    broker.produce(topic, sent[:30])
    with Reading(start_spark, lake, broker, topic) as reading:
        reading.wait_for(30)
        broker.widen(topic, 4)
        broker.produce(topic, sent[30:], partition=3)
        reading.wait_for(60)
    assert positions(lake)[topic, 3] == list(range(30))
    assert_right(lake)


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_a_broker_that_is_killed_and_one_that_is_frozen_for_a_minute_are_waited_for(
    broker: Broker, topic: str, lake: Lake, start_spark: Start
) -> None:
    sent, _ = shop(seed=49, count=90)
    with Reading(start_spark, lake, broker, topic) as reading:
        broker.produce(topic, sent[:30])
        reading.wait_for(30, PATIENT_S)
        broker.kill()
        until(lambda: status_of(lake).trouble, "it does not notice that the broker is gone")
        broker.start()
        broker.produce(topic, sent[30:60])
        reading.wait_for(60, PATIENT_S)
        with broker.frozen():
            threading.Event().wait(LONG_FROZEN_S)
        assert reading.error is None
        broker.produce(topic, sent[60:])
        reading.wait_for(90, PATIENT_S)
    assert status_of(lake).trouble == ""
    assert sorted(row["raw"] for row in rows(lake)) == sorted(sent)
    assert all(found == list(range(len(found))) for found in positions(lake).values())
    assert_right(lake)


def test_of_transactions_only_what_was_committed_is_read_and_markers_are_passed(
    broker: Broker, topic: str, lake: Lake, start_spark: Start
) -> None:
    sent, _ = shop(seed=48, count=15)
    made = broker.find(topic)
    assert made is not None
    with Reading(start_spark, lake, broker, topic) as reading:
        # One id: each waits until the marker of the one before is written.
        for i, aborted in enumerate((False, True, False)):
            with broker.producing(transactional_id=topic) as send:
                for record in sent[5 * i : 5 * i + 5]:
                    send(topic, record, partition=0)
                if aborted:
                    raise AbortedError
        reading.wait_for(10)
    assert positions(lake) == {(topic, 0): [*range(5), *range(12, 17)]}
    # The position behind the last marker: it may be gone by the next start.
    assert transactions(lake.path("bronze.events"))[f"kafka:{made.cluster_id}:{made.id}:{topic}:0"] == 18
    assert_right(lake)
