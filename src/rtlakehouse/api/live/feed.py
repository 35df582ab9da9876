"""The live feed: one message a commit and tenant, made once for all its clients.

A message is the present state, not a change, so a client that missed some needs only the newest: each client's queue is one
message long, and a slow client skips rather than falls behind.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from rtlakehouse.api.live.figures import LiveFigures
from rtlakehouse.catalog import Catalog, Snapshot
from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.errors import FeedFullError
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.lock import holder

__all__ = ["Client", "Feed", "Guest", "Message"]

log = structlog.get_logger(__name__)

# Without news of the lake: whether a minute has ended, and whether the engine still runs, is seen this late.
_IDLE_S = 1.0
# Normal is well below a second. Whether it is more than this is news even where no commit is: an engine that hangs makes none.
_BEHIND_MS = 10_000
_USED = ("gold.", "ops.ledger", "silver.events", "silver.quarantine")


class Message(msgspec.Struct, frozen=True):
    """One state: the versions it was computed from, as the id to resume by, and its JSON."""

    id: str
    data: bytes


@dataclass(frozen=True)
class _State:
    """What a message tells of; another id is another message."""

    snapshot: Snapshot
    watermark: datetime
    engine_running: bool
    behind_ms: int

    @property
    def versions(self) -> str:
        used = ((name, version) for name, version in self.snapshot.versions.items() if name.startswith(_USED))
        return ",".join(f"{name}={version}" for name, version in sorted(used))

    @property
    def id(self) -> str:
        # Windows end at whole minutes, so between two of them no state changes.
        standing = ("" if self.engine_running else "/stopped") + ("/behind" if self.behind_ms > _BEHIND_MS else "")
        return f"{self.versions}@{self.watermark:%Y%m%d%H%M}{standing}"


class Guest(Protocol):
    """Whoever has a connection of another kind, which counts as one."""

    def end(self) -> None:
        """The feed has stopped. Any thread may call it."""


class Client:
    """One connection's place in the feed. Used on its event loop only. last_id: of the message it had before it connected."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tenant_id: str, last_id: str | None = None) -> None:
        self.tenant_id = tenant_id
        self._loop = loop
        self._last_id = last_id
        self._fresh = asyncio.Event()
        self._message: Message | None = None

    def offer(self, message: Message) -> None:
        """Called from the feed's thread."""
        self._loop.call_soon_threadsafe(self._take, message)

    def end(self) -> None:
        """Have `next` return. Any thread may call it."""
        self._loop.call_soon_threadsafe(self._fresh.set)

    async def next(self, timeout_s: float) -> Message | None:
        """The newest message not handed out yet; None after `timeout_s` without one, or at the end."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._fresh.wait()
        except TimeoutError:
            return None
        self._fresh.clear()
        message, self._message = self._message, None
        return message

    def _take(self, message: Message) -> None:
        if message.id == self._last_id:
            return
        self._last_id = message.id
        self._message = message
        self._fresh.set()


class Feed:
    """Follows the catalog and tells every client of its own tenant. `start` runs it in a thread of its own."""

    def __init__(self, lake: Lake, catalog: Catalog, clock: Clock, watermark_delay: timedelta, max_clients: int) -> None:
        self._engine_lock = lake.control / "engine.lock"
        self._catalog = catalog
        self._clock = clock
        self._delay = watermark_delay
        self._figures = LiveFigures(watermark_delay)
        self._max_clients = max_clients
        self._clients: set[Client] = set()
        self._guests: set[Guest] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._wake = threading.Event()
        # By tenant, of those that have clients.
        self._newest: dict[str, Message] = {}
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End, and have every client know."""
        self._stop.set()
        self._wake.set()
        with self._lock:
            for client in (*self._clients, *self._guests):
                client.end()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def join(self, client: Client) -> None:
        """Add a client; it gets the present state at once, unless it has it. Raises FeedFullError."""
        with self._lock:
            self._refuse_more()
            self._clients.add(client)
            newest = self._newest.get(client.tenant_id)
        if newest is None:
            self._wake.set()
        else:
            client.offer(newest)

    def leave(self, client: Client) -> None:
        with self._lock:
            self._clients.discard(client)

    def attend(self, guest: Guest) -> None:
        """Count another connection, and have it know the end. Raises FeedFullError."""
        with self._lock:
            self._refuse_more()
            self._guests.add(guest)

    def dismiss(self, guest: Guest) -> None:
        with self._lock:
            self._guests.discard(guest)

    @property
    def clients(self) -> int:
        return len(self._clients) + len(self._guests)

    def _refuse_more(self) -> None:
        if self.clients >= self._max_clients:
            raise FeedFullError(f"{self._max_clients:,} clients are connected already; try again later.", 10)

    def _run(self) -> None:
        end = self._catalog.listen(self._wake.set)
        while not self._stop.is_set():
            try:
                self._look()
            except Exception as error:  # whatever it was, this thread must go on: the next state may be computed
                log.exception("the live feed could not be computed", error=str(error))
            self._wake.wait(_IDLE_S)
            self._wake.clear()
        end()

    def _look(self) -> None:
        """Tell the clients, where there are any, the present state, where it is another than the one they were told."""
        with self._lock:
            tenants = {client.tenant_id for client in self._clients}
            self._newest = {tenant: message for tenant, message in self._newest.items() if tenant in tenants}
        if not tenants:
            return
        running = holder(self._engine_lock) is not None
        latest = self._catalog.latest
        state = _State(latest, self._clock.now() - self._delay, running, self._catalog.behind_ms(latest))
        for tenant in tenants:
            newest = self._newest.get(tenant)
            if newest is None or state.id != newest.id:
                self._tell(tenant, self._message(state, tenant))

    def _tell(self, tenant_id: str, message: Message) -> None:
        with self._lock:
            self._newest[tenant_id] = message
            clients = [client for client in self._clients if client.tenant_id == tenant_id]
        for client in clients:
            client.offer(message)

    def _message(self, state: _State, tenant_id: str) -> Message:
        document = {
            "as_of": isoformat(state.snapshot.as_of),
            "watermark": isoformat(state.watermark),
            "versions": state.versions,
            "behind_ms": state.behind_ms,
            "engine_running": state.engine_running,
            **self._figures.of(state.snapshot, tenant_id, state.watermark),
        }
        return Message(state.id, msgspec.json.encode(document))
