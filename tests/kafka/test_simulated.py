"""What the simulator says it produced to Kafka is what lands in the lake."""

from __future__ import annotations

import json
import signal
import socket

from faults.loads import is_refined, start_engine
from faults.programs import PATIENCE_S, Programs, until
from integration.landing import DIRTY, landed, report_of, without_what_only_senders_know
from kafka.broker import HOST, Broker
from kafka.consuming import rows, start_consumer, stored
from rtlakehouse.kafka.producer import key_of
from rtlakehouse.storage.lake import Lake
from running import broken


def test_everything_that_was_produced_lands_as_what_it_was_sent_as(
    broker: Broker, name: str, programs: Programs, lake: Lake
) -> None:
    engine = start_engine(programs, lake.root)
    start_consumer(programs, lake.root, broker, name)
    to = f"kafka://{broker.address}/{name}"
    # Out of order within 10 s of a watermark of 15 s: a machine that stops for 5 s would make such an event late.
    flags = ("--events", "4000", "--rate", "2000", "--seed", "7", *DIRTY, "--out-of-order", "0", "--json")
    said = report_of(programs.start("simulate", "--to", to, *flags, lake=lake.root))
    until(lambda: stored(lake) == 4_000 and is_refined(lake), "it is never refined")
    engine.stop()
    assert landed(lake) == without_what_only_senders_know(said)
    assert all(row["key"] == key_of(row["raw"]) for row in rows(lake))
    assert {row["headers"] for row in rows(lake)} == {'{"tenant":"default","schema_version":"1"}'}
    assert broken(lake) == []


def test_a_broker_that_is_not_there_is_waited_for_until_it_is_told_to_stop(programs: Programs, lake: Lake) -> None:
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(PATIENCE_S)
        to = f"kafka://{HOST}:{server.getsockname()[1]}/events"
        sending = programs.start("simulate", "--to", to, "--quiet", lake=lake.root)
        # The producer connects at once, and who looks for the topic when there is something to send. Neither gets an answer.
        with server.accept()[0], server.accept()[0]:
            sending.signal(signal.SIGTERM)
            assert sending.wait() == 1
    assert "records may not be stored" in sending.said
    assert "Traceback" not in sending.said


def test_an_address_without_a_topic_is_wrong_usage(programs: Programs, lake: Lake) -> None:
    sending = programs.run("simulate", "--to", f"kafka://{HOST}:9092", lake=lake.root)
    assert (sending.code, "must be kafka://HOST:PORT/TOPIC" in sending.said) == (2, True)


def test_its_report_is_json(broker: Broker, name: str, programs: Programs, lake: Lake) -> None:
    flags = ("--events", "50", "--unpaced", "--json")
    sending = programs.run("simulate", "--to", f"kafka://{broker.address}/{name}", *flags, lake=lake.root)
    assert sending.code == 0, sending.said
    assert json.loads(sending.printed)["records"] == 50
