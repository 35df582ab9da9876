"""Records that are to be certified, in a Kafka topic that is made for them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pyarrow as pa

from rtlakehouse.clock import Clock
from rtlakehouse.contract.contract import load
from rtlakehouse.contract.refine import Limits, Refiner
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.kafka.client import admin_for, awaited
from rtlakehouse.kafka.producer import EventProducer
from rtlakehouse.kafka.topics import ensure, remove
from rtlakehouse.medallion.bronze import EVENTS
from rtlakehouse.settings import Settings
from rtlakehouse.simulate.kafka_sink import KafkaSink
from rtlakehouse.storage.data_files import read_file
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import follow

__all__ = ["produced"]

# Their times are those of the events, which may be years ago: by its age nothing of it is removed.
_KEPT = {"retention.ms": "-1"}
_HEADERS = {"schema_version": "1"}


@contextmanager
def produced(settings: Settings, bronze: Lake, clock: Clock) -> Iterator[Settings]:
    """The settings with a topic that has every record of this lake's bronze, in its order and at its time; gone after the block.

    Raises SourceError where the brokers do not take them.
    """
    own = settings.model_copy(update={"kafka_topic": f"rtl-certify-{uuid.uuid4().hex[:12]}"})
    admin = admin_for(own)
    awaited(own, admin, lambda: ensure(admin, own.kafka_topic, own.kafka_partitions, _KEPT), clock)
    try:
        with closing(KafkaSink(EventProducer(own, _HEADERS, timeout_ms=0), DEFAULT_TENANT, lambda: False)) as sink:
            for rows in _commits(bronze):
                sink.send(rows["raw"].to_pylist(), _times_ms(rows))
        yield own
    finally:
        awaited(own, admin, lambda: remove(admin, own.kafka_topic), clock)


def _commits(bronze: Lake) -> Iterator[pa.Table]:
    table = bronze.path(EVENTS.name)
    for commit in follow(table, 0):
        for file in commit.adds:
            yield read_file(table / file.path)


def _times_ms(rows: pa.Table) -> list[int]:
    """When each record was received; by what the event says where nobody else does, as the row rules have it.

    A record that says nothing either came with the one before it.
    """
    accepted = Refiner(load(), Limits()).refine(rows).accepted
    read = dict(zip(accepted["position"].to_pylist(), _ms(accepted), strict=True))
    found, before = [], 0
    for position, received in zip(rows["position"].to_pylist(), _ms(rows), strict=True):
        before = received or read.get(position) or before
        found.append(before)
    return found


def _ms(rows: pa.Table) -> list[int | None]:
    times: list[int | None] = rows["received_at"].cast(pa.timestamp("ms", "UTC"), safe=False).cast(pa.int64()).to_pylist()
    return times
