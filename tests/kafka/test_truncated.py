"""A log that ends before what the lake has read, as after a power cut: its positions would be given twice."""

from __future__ import annotations

import os

from faults.loads import assert_right, drain, shop
from faults.programs import Programs
from kafka.broker import Broker
from kafka.consuming import positions, start_consumer, wait_for
from kafka.test_losses import refused
from rtlakehouse.storage.lake import Lake


def test_a_log_that_ends_before_what_was_read_stops_it_for_good(
    broker: Broker, topic: str, programs: Programs, lake: Lake
) -> None:
    log = broker.folder / "kraft" / "data" / f"{topic}-0" / f"{0:020d}.log"
    sent, _ = shop(seed=41, count=80)
    broker.produce(topic, sent[:50], partition=0)
    flushed = log.stat().st_size
    broker.produce(topic, sent[50:], partition=0)
    consumer = start_consumer(programs, lake.root, broker, topic)
    wait_for(lake, 80, consumer)
    broker.kill()
    os.truncate(log, flushed)
    broker.start()
    assert consumer.wait() == 1
    taken_back = f"Partition 0 of {topic} ends at 50, but the lake has it up to 80"
    assert taken_back in consumer.said.replace("\n", " ")
    assert taken_back in refused(programs, lake, broker, topic)
    assert positions(lake) == {(topic, 0): list(range(80))}
    drain(programs, lake)
    assert_right(lake)
