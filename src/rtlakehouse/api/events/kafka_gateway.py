"""The HTTP gateway where the source is Kafka: posts are produced, and acknowledged once the brokers have acknowledged them."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog
from prometheus_client import Counter

from rtlakehouse import tracing
from rtlakehouse.api.events.intake import Place, receipt_of
from rtlakehouse.api.events.keys import KEPT, check, digest_of
from rtlakehouse.api.events.owners import Owners
from rtlakehouse.contract.contract import load
from rtlakehouse.errors import OverloadedError, RtlError, SourceError
from rtlakehouse.ingest.kafka_positions import stream_of
from rtlakehouse.kafka.producer import EventProducer, failure
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log_checkpoint import transactions

__all__ = ["KafkaGateway"]

log = structlog.get_logger(__name__)

PRODUCED = Counter("rtl_gateway_produced_total", "Events that Kafka acknowledged to the HTTP gateway.")
# As long as a client may be expected to wait for its answer; afterwards it is told to post again.
_TIMEOUT_MS = 20_000
_POLL_S = 0.1
_STOP_S = 5.0


class _Post:
    """A post whose records are on their way; its future gets the places of all of them."""

    def __init__(self, records: int, loop: asyncio.AbstractEventLoop) -> None:
        self.done: asyncio.Future[list[tuple[int, int]]] = loop.create_future()
        self._loop = loop
        self._places: list[tuple[int, int]] = [(0, 0)] * records
        self._left = records
        self._error: Any = None

    def delivered(self, index: int, error: Any, message: Any) -> None:
        """Called by the producer's thread for each record."""
        if error is None:
            self._places[index] = (message.partition(), message.offset())
        else:
            self._error = error
        self._left -= 1
        if self._left == 0:
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if self.done.done():
            return
        if self._error is not None:
            self.done.set_exception(failure(self._error))
        else:
            PRODUCED.inc(len(self._places))
            self.done.set_result(self._places)


class KafkaGateway:
    """Produces posted events to the topic of the settings. See `Intake` for what it promises.

    Keys are remembered until the process ends: a post that is repeated later is stored again, and its events are duplicates.
    """

    def __init__(self, lake: Lake, settings: Settings) -> None:
        self._lake = lake
        self._most = settings.gateway_queue_events
        self._trouble = "Kafka has not answered yet."
        self._stream = ""
        self._producer = EventProducer(settings, {"schema_version": str(load().version)}, _TIMEOUT_MS, self._note)
        # By partition.
        self._owners: defaultdict[int, Owners] = defaultdict(Owners)
        self._keyed: OrderedDict[tuple[str, str], tuple[str, asyncio.Future[list[str]]]] = OrderedDict()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kafka-gateway")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Deliver what waits, then end."""
        self._stop.set()
        self._thread.join()
        self._producer.flush(_STOP_S)
        self._producer.drop()

    @property
    def waiting_events(self) -> int:
        return self._producer.waiting

    @property
    def broken(self) -> str:
        return self._trouble

    def owner_of(self, place: Place) -> str | None:
        return self._owners[place.partition].of(place.position) if place.topic == self._stream else None

    async def post(self, payloads: Sequence[bytes], tenant_id: str, key: str | None = None) -> Sequence[str]:
        """See `Intake`. Raises OverloadedError when too much waits already, SourceError when Kafka does not take it.

        After a SourceError some of the post may have been stored all the same.
        """
        if key is None:
            return await self._produce(payloads, tenant_id)
        digest = digest_of(payloads)
        if known := self._keyed.get((tenant_id, key)):
            check(known[0], digest, key)
            return await asyncio.shield(known[1])
        receipts = asyncio.ensure_future(self._produce(payloads, tenant_id))
        self._keyed[tenant_id, key] = (digest, receipts)
        receipts.add_done_callback(partial(self._forget_failure, (tenant_id, key)))
        while len(self._keyed) > KEPT:
            self._keyed.popitem(last=False)
        return await asyncio.shield(receipts)

    def _forget_failure(self, key: tuple[str, str], receipts: asyncio.Future[list[str]]) -> None:
        if receipts.cancelled() or receipts.exception() is not None:
            self._keyed.pop(key, None)

    async def _produce(self, payloads: Sequence[bytes], tenant_id: str) -> list[str]:
        if not self._stream:
            raise SourceError(f"{self._trouble} Nothing was acknowledged; post it again.")
        if self._producer.waiting + len(payloads) > self._most and self._producer.waiting:
            raise OverloadedError(f"{self._producer.waiting:,} events wait for Kafka; post again in a second.", 1)
        post = _Post(len(payloads), asyncio.get_running_loop())
        with tracing.span("produce", {"messaging.system": "kafka", "rtl.records": len(payloads)}, kind="producer"):
            self._producer.produce(payloads, tenant_id, [partial(post.delivered, i) for i in range(len(payloads))])
            places = await post.done
        for partition, position in places:
            self._owners[partition].add(tenant_id, position, 1)
        return [receipt_of(Place("kafka", self._stream, partition, position)) for partition, position in places]

    def _run(self) -> None:
        while not self._stop.is_set():
            if self._trouble:
                self._try()
            self._producer.poll(_POLL_S)

    def _try(self) -> None:
        """See whether Kafka answers, and what bronze calls the topic."""
        try:
            topic = self._producer.prepare()
            self._stream = stream_of(topic.name, topic.id, transactions(self._lake.path("bronze.events")))
            self._trouble = ""
        except RtlError as error:
            self._trouble = str(error)

    def _note(self, trouble: str) -> None:
        self._trouble = f"Kafka cannot be reached: {trouble}."
