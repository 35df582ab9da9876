"""The live feed: one message a commit, made once for all clients.

A message is the present state, not a change, so a client that missed some needs only the newest: each client's queue is one
message long, and a slow client skips rather than falls behind.
"""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog

from rtlakehouse.api.answers import DEFAULT_TENANT
from rtlakehouse.api.formats import rows_of
from rtlakehouse.api.ledger.queries import TOTALS
from rtlakehouse.api.live import queries
from rtlakehouse.catalog import Catalog, Snapshot
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.errors import OverloadedError, RtlError

__all__ = ["Client", "Feed", "Message"]

log = structlog.get_logger(__name__)

_MINUTES = 30
_IDLE_S = 1.0


class Message(msgspec.Struct, frozen=True):
    """One state: the versions it was computed from, as the id to resume by, and its JSON."""

    id: str
    data: bytes


class Client:
    """One connection's place in the feed. Used on its event loop only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._fresh = asyncio.Event()
        self._message: Message | None = None

    def offer(self, message: Message) -> None:
        """Called from the feed's thread."""
        self._loop.call_soon_threadsafe(self._take, message)

    async def next(self, timeout_s: float) -> Message | None:
        """The newest message not handed out yet; None after `timeout_s` without one."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._fresh.wait()
        except TimeoutError:
            return None
        self._fresh.clear()
        return self._message

    def _take(self, message: Message) -> None:
        self._message = message
        self._fresh.set()


class Feed:
    """Follows the catalog and tells every client. `start` runs it in a thread of its own."""

    def __init__(self, catalog: Catalog, clock: Clock, watermark_delay: timedelta, max_clients: int) -> None:
        self._catalog = catalog
        self._clock = clock
        self._delay = watermark_delay
        self._max_clients = max_clients
        self._clients: set[Client] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._newest: Message | None = None
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def join(self, client: Client, last_id: str | None) -> None:
        """Add a client; it gets the present state at once unless `last_id` says it has it. Raises OverloadedError when full."""
        with self._lock:
            if len(self._clients) >= self._max_clients:
                raise OverloadedError(f"{self._max_clients:,} clients are connected already; try again later.", 10)
            self._clients.add(client)
            newest = self._newest
        if newest is not None and newest.id != last_id:
            client.offer(newest)

    def leave(self, client: Client) -> None:
        with self._lock:
            self._clients.discard(client)

    @property
    def clients(self) -> int:
        return len(self._clients)

    def _run(self) -> None:
        seen: Snapshot | None = None
        minute: datetime | None = None
        while not self._stop.is_set():
            snapshot = self._catalog.latest if seen is None else self._catalog.wait_for_change(seen, _IDLE_S)
            watermark = (self._clock.now() - self._delay).replace(second=0, microsecond=0)
            if snapshot is seen and watermark == minute:
                continue
            seen, minute = snapshot, watermark
            if self._clients or self._newest is None:
                self._tell(snapshot)
            else:
                self._newest = None

    def _tell(self, snapshot: Snapshot) -> None:
        try:
            message = self._message(snapshot)
        except (RtlError, OSError) as error:
            log.exception("the live feed could not be computed", error=str(error))
            return
        with self._lock:
            self._newest = message
            clients = list(self._clients)
        for client in clients:
            client.offer(message)

    def _message(self, snapshot: Snapshot) -> Message:
        versions = ",".join(
            f"{n}={v}" for n, v in sorted(snapshot.versions.items()) if n.startswith("gold.") or n == "ops.ledger"
        )
        watermark = self._clock.now() - self._delay
        document = {
            "as_of": isoformat(snapshot.as_of),
            "watermark": isoformat(watermark),
            "versions": versions,
            "behind_ms": self._catalog.behind_ms(),
            **self._figures(snapshot, watermark),
        }
        return Message(f"{versions}@{watermark:%H%M}", msgspec.json.encode(document))

    def _figures(self, snapshot: Snapshot, watermark: datetime) -> dict[str, Any]:
        newest = snapshot.newest_window() or datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in the queries
        start = newest - timedelta(minutes=_MINUTES * 4)
        tenant = {"tenant": DEFAULT_TENANT}
        recent = Range("window_start", start.replace(tzinfo=UTC), None)
        bound = {**tenant, "watermark": watermark.astimezone(UTC).replace(tzinfo=None), "minutes": _MINUTES}
        since = {**tenant, "start": start}
        return {
            "windows": rows_of(snapshot.query(queries.WINDOWS, bound, kpis=("gold.kpis_1m", recent))),
            "revenue": rows_of(snapshot.query(queries.REVENUE, since, revenue=("gold.revenue_1m", recent))),
            "products": rows_of(snapshot.query(queries.PRODUCTS, since, products=("gold.products_1m", recent))),
            "ledger": rows_of(snapshot.query(TOTALS, ledger="ops.ledger"))[0],
        }
