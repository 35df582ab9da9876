"""Producing events: idempotent, acknowledged by all replicas, by user, so that the events of one stay in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from confluent_kafka import KafkaError, KafkaException, Producer

from rtlakehouse import tracing
from rtlakehouse.errors import BodyTooLargeError, OverloadedError, RtlError, SourceError
from rtlakehouse.kafka.client import admin_for, client_options, made, reached
from rtlakehouse.kafka.topics import Topic, ensure
from rtlakehouse.settings import Settings

__all__ = ["EventProducer", "key_of"]

# What the HTTP gateway takes at most; a broker may take less, and says so.
_LARGEST_BYTES = 32 << 20
_QUEUED_EVENTS = 500_000

Delivered = Callable[[KafkaError | None, Any], None]


class _Event(msgspec.Struct):
    user_id: str


_USER = msgspec.json.Decoder(_Event)


def key_of(record: bytes) -> bytes | None:
    """The user of an event; None where it has none that can be read."""
    try:
        return _USER.decode(record).user_id.encode()
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


class EventProducer:
    """Produces to the topic of the settings.

    headers: of every record, besides its tenant. timeout_ms: how long a record is tried to be delivered; 0: for ever. notice:
    told of trouble with the brokers.
    """

    def __init__(
        self, settings: Settings, headers: Mapping[str, str], timeout_ms: int, notice: Callable[[str], None] | None = None
    ) -> None:
        self.topic = settings.kafka_topic
        self._headers = [(name, value.encode()) for name, value in headers.items()]
        options = client_options(
            settings,
            notice,
            enable_idempotence=True,
            acks="all",
            linger_ms=5,
            message_timeout_ms=timeout_ms,
            message_max_bytes=_LARGEST_BYTES,
            queue_buffering_max_messages=_QUEUED_EVENTS,
            # As other clients do it: a user's events are in one partition, whoever produces them.
            partitioner="murmur2_random",
        )
        self._settings = settings
        self._producer: Producer = made(Producer, options)

    def prepare(self) -> Topic:
        """The topic, made where there is none. Raises SourceError where no broker answers."""
        settings = self._settings
        admin = admin_for(settings)
        found: Topic = reached(settings, admin, lambda: ensure(admin, self.topic, settings.kafka_partitions))
        return found

    @property
    def waiting(self) -> int:
        """Records that are not delivered yet."""
        return len(self._producer)

    def produce(
        self, records: Sequence[bytes], tenant_id: str, delivered: Sequence[Delivered], times_ms: Sequence[int] | None = None
    ) -> None:
        """Hand these records over; each one's function of `delivered` is called in `poll` once its fate is known.

        times_ms: of each record, since the epoch; now, where they are not given. The records say which span they are produced in,
        where that is traced.

        Raises OverloadedError where they do not fit in the queue: those before the one that did not are produced.
        """
        headers: list[tuple[str, str | bytes | None]] = [("tenant", tenant_id.encode()), *self._headers]
        if cause := tracing.current():
            headers.append((tracing.HEADER, cause.encode()))
        # To librdkafka 0 is now.
        for record, then, at_ms in zip(records, delivered, times_ms or [0] * len(records), strict=True):
            try:
                self._producer.produce(self.topic, record, key_of(record), headers=headers, on_delivery=then, timestamp=at_ms)
            except BufferError:
                raise OverloadedError(
                    "Kafka does not take events as fast as they come; send them again in a second.", 1
                ) from None
            except KafkaException as error:
                raise failure(error.args[0]) from error

    def poll(self, seconds: float) -> None:
        """Have what was delivered told, for up to so long."""
        self._producer.poll(seconds)

    def flush(self, seconds: float) -> int:
        """Deliver what waits; how many still do after so long."""
        return int(self._producer.flush(seconds))

    def drop(self) -> None:
        """Give up what waits."""
        self._producer.purge()
        self._producer.flush(1)


def failure(error: KafkaError) -> RtlError:
    """What to raise for a record that was not delivered."""
    if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
        return BodyTooLargeError("An event is larger than the Kafka brokers take (message.max.bytes); it was not stored.")
    return SourceError(f"Kafka did not take the event: {error.str()}. It was not acknowledged; send it again.")
