"""Kafka as a place where records go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rtlakehouse.errors import SourceError
from rtlakehouse.kafka.producer import EventProducer, failure

__all__ = ["KafkaSink"]

# How often a sink that waits looks whether it is to stop.
_TICK_S = 0.1


class KafkaSink:
    """Produces records, and returns once the brokers have acknowledged them. Waits for as long as they are away.

    What was sent twice because an answer was lost is told apart by the brokers, so nothing is ever `resent`. `stopped` ends the
    waiting with a SourceError.
    """

    def __init__(self, producer: EventProducer, tenant_id: str, stopped: Callable[[], bool]) -> None:
        self._producer = producer
        self._tenant_id = tenant_id
        self._stopped = stopped
        self._failed: list[Any] = []
        self._ready = False
        self.resent = 0

    def send(self, records: Sequence[bytes], times_ms: Sequence[int] | None = None) -> None:
        """times_ms: of each record, since the epoch; now, where they are not given."""
        self._prepare(len(records))
        self._producer.produce(records, self._tenant_id, [self._delivered] * len(records), times_ms)
        while left := self._producer.flush(_TICK_S):
            if self._stopped():
                self._producer.drop()
                raise _stopped(left)
        if self._failed:
            raise failure(self._failed[0])

    def _prepare(self, unsent: int) -> None:
        while not self._ready:
            try:
                self._producer.prepare()
                self._ready = True
            except SourceError as error:
                if self._stopped():
                    raise _stopped(unsent) from error

    def close(self) -> None:
        self._producer.drop()

    def _delivered(self, error: Any, message: Any) -> None:
        if error is not None:
            self._failed.append(error)


def _stopped(unsent: int) -> SourceError:
    return SourceError(f"Stopped while Kafka took nothing: the last {unsent:,} records may not be stored.")
