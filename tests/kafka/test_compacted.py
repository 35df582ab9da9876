"""A topic that keeps only the latest record of each key: what compaction took away is no loss, and no gap."""

from __future__ import annotations

from datetime import UTC, datetime

from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType

from corpus import VALID
from faults.loads import assert_right, drain
from faults.programs import Programs, until
from kafka.broker import Broker
from kafka.consuming import consumed, positions
from rtlakehouse.ingest.gaps import Gaps
from rtlakehouse.storage.lake import Lake
from shapes import as_json

COMPACTED = {
    "cleanup_policy": "compact",
    "min_cleanable_dirty_ratio": "0.001",
    # By the records' own times: one that is a minute younger begins a segment, and closed segments are compacted.
    "segment_ms": "60000",
}


def compacting_at_once(broker: Broker) -> None:
    """Have the broker look for something to compact all the time, instead of every 15 s."""
    entry = ConfigEntry("log.cleaner.backoff.ms", "50", incremental_operation=AlterConfigOpType.SET)
    itself = ConfigResource(ResourceType.BROKER, "1", incremental_configs=[entry])
    broker.admin.incremental_alter_configs([itself])[itself].result()


def left(broker: Broker, topic: str) -> list[int]:
    """The positions that partition 0 still has records at."""
    options = {"bootstrap.servers": broker.address, "group.id": topic, "enable.partition.eof": True}
    consumer = Consumer(options)
    consumer.assign([TopicPartition(topic, 0, 0)])
    found: list[int] = []
    try:
        while True:
            for message in consumer.consume(1_000, 0.1):
                error, offset = message.error(), message.offset()
                if error is None and offset is not None:
                    found.append(offset)
                elif error is not None and error.code() == KafkaError._PARTITION_EOF:
                    return found
    finally:
        consumer.close()


def user(i: int) -> str:
    """Every third event is the only one of its user; all others are of five."""
    return f"once-{i}" if i % 3 == 0 else f"often-{i % 5}"


def test_what_compaction_removed_is_no_loss(broker: Broker, name: str, programs: Programs, lake: Lake) -> None:
    compacting_at_once(broker)
    broker.make(name, partitions=1, **COMPACTED)
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    sent = [as_json(**VALID | {"event_id": f"e{i}", "user_id": user(i), "ts": now_ms - 180_000}) for i in range(121)]
    broker.produce(name, sent[:40], timestamp=now_ms - 180_000)
    consumed(programs, lake, broker, name, 40)
    broker.produce(name, sent[40:120], timestamp=now_ms - 90_000)
    broker.produce(name, sent[120:], timestamp=now_ms)
    kept = [*sorted({user(i): i for i in range(120)}.values()), 120]
    until(lambda: left(broker, name) == kept, "it is never compacted")
    unread = [position for position in kept if position >= 40]
    consumed(programs, lake, broker, name, 40 + len(unread))
    assert positions(lake) == {(name, 0): [*range(40), *unread]}
    assert Gaps(lake).read() == []
    drain(programs, lake)
    assert_right(lake)
