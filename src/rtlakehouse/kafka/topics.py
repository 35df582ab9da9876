"""What the brokers know of a topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.cimpl import NewTopic

from rtlakehouse.kafka.client import REQUEST_S

__all__ = ["Span", "Topic", "describe", "ensure", "remove", "spans_of"]


@dataclass(frozen=True)
class Topic:
    """A topic as its brokers know it. A topic that is deleted and made again has another id."""

    cluster_id: str
    id: str
    name: str
    partitions: tuple[int, ...]


@dataclass(frozen=True)
class Span:
    """The positions that a partition has: the first, and the one that the next record will get."""

    first: int
    end: int


def describe(admin: AdminClient, name: str) -> Topic | None:
    """The topic of this name; None where there is none. Raises KafkaException where the brokers do not answer."""
    future = admin.describe_topics(TopicCollection([name]), request_timeout=REQUEST_S)[name]
    try:
        found = future.result()
    except KafkaException as error:
        if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return None
        raise
    partitions = tuple(sorted(partition.id for partition in found.partitions))
    return Topic(admin.cluster_id(timeout=REQUEST_S), str(found.topic_id), name, partitions)


def ensure(admin: AdminClient, name: str, partitions: int, config: Mapping[str, str] | None = None) -> Topic:
    """The topic of this name, made where there is none. Raises KafkaException where it cannot be.

    config: of a topic that has to be made, by Kafka's names.
    """
    while (found := describe(admin, name)) is None:
        try:
            admin.create_topics([NewTopic(name, partitions, config=dict(config or {}))], request_timeout=REQUEST_S)[name].result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    return found


def remove(admin: AdminClient, name: str) -> None:
    """Have the brokers delete a topic, if there is one of this name, with all that is in it. KafkaException where they do not."""
    try:
        admin.delete_topics([name], request_timeout=REQUEST_S)[name].result()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise


def spans_of(admin: AdminClient, topic: Topic) -> dict[int, Span]:
    """The positions that each partition has now. Raises KafkaException where the brokers do not answer, or do not know it yet."""
    first = _offsets(admin, topic, OffsetSpec.earliest())  # type: ignore[no-untyped-call]  # the library gives it no types
    end = _offsets(admin, topic, OffsetSpec.latest())  # type: ignore[no-untyped-call]  # nor this
    return {partition: Span(first[partition], end[partition]) for partition in topic.partitions}


def _offsets(admin: AdminClient, topic: Topic, spec: OffsetSpec) -> dict[int, int]:
    asked = {TopicPartition(topic.name, partition): spec for partition in topic.partitions}
    found = admin.list_offsets(asked, request_timeout=REQUEST_S)
    return {place.partition: future.result().offset for place, future in found.items()}
