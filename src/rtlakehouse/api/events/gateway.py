"""The HTTP gateway: many posts share one durable bronze commit, and nothing is acknowledged before it.

Posts wait in a bounded queue; one thread takes what is there, lingers a moment for more, commits it as one bronze version, and
then answers each. The gateway is one writer of bronze, `http`, under a lock of its own; its positions are a count from 0.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import structlog
from prometheus_client import Counter, Histogram

from rtlakehouse.clock import Clock
from rtlakehouse.errors import OverloadedError, RtlError, SourceError
from rtlakehouse.ingest.appender import BronzeAppender
from rtlakehouse.ingest.records import records
from rtlakehouse.storage.lake import Lake

__all__ = ["TOPIC", "Gateway"]

log = structlog.get_logger(__name__)

APPLICATION = "http"
TOPIC = "events"
# The handle gathers state with every commit; re-opening it this often keeps commits as fast as the first.
_REOPEN_EVERY = 50

ACCEPTED = Counter("rtl_gateway_events_total", "Events acknowledged by the HTTP gateway.")
COMMITS = Histogram(
    "rtl_gateway_commit_seconds", "Time of a shared bronze commit.", buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2)
)


@dataclass(frozen=True)
class _Post:
    payloads: Sequence[bytes]
    tenant_id: str
    received_at: datetime
    done: asyncio.Future[int]
    loop: asyncio.AbstractEventLoop
    size_bytes: int


class Gateway:
    """Commits posted events. Start it in the process that holds the lake's gateway lock.

    linger: how long the first post of a commit waits for others. max_events, max_bytes: what may wait at once.
    """

    def __init__(self, lake: Lake, clock: Clock, linger: timedelta, max_events: int, max_bytes: int) -> None:
        self._clock = clock
        self._linger = linger
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._appender = BronzeAppender(lake, APPLICATION)
        self._next = self._appender.progress + 1
        self._commits = 0
        self._waiting: list[_Post] = []
        self._events = 0
        self._bytes = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._broken = ""
        self._thread = threading.Thread(target=self._run, name="gateway")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Commit what waits, then end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    @property
    def waiting_events(self) -> int:
        return self._events

    @property
    def next_position(self) -> int:
        """The position of the next event; every receipt given is below it."""
        return self._next

    @property
    def broken(self) -> str:
        """Why nothing more is accepted; empty while all is well."""
        return self._broken

    async def submit(self, payloads: Sequence[bytes], tenant_id: str) -> int:
        """Commit these payloads; the position of the first, once all are durable.

        Raises OverloadedError when too much waits already, SourceError when the lake cannot be written. Then nothing of the
        post was acknowledged; after a SourceError it may have been stored all the same.
        """
        loop = asyncio.get_running_loop()
        size = sum(map(len, payloads))
        post = _Post(payloads, tenant_id, self._clock.now(), loop.create_future(), loop, size)
        with self._changed:
            self._refuse_if_full(len(payloads), size)
            self._waiting.append(post)
            self._events += len(payloads)
            self._bytes += size
            self._changed.notify()
        return await post.done

    def _refuse_if_full(self, events: int, size: int) -> None:
        if self._broken or self._stopping:
            raise SourceError(self._broken or "The gateway is stopping; post again in a moment.")
        if self._waiting and (self._events + events > self._max_events or self._bytes + size > self._max_bytes):
            raise OverloadedError(f"{self._events:,} events wait to be committed; post again in a second.", 1)

    def _run(self) -> None:
        while posts := self._take():
            self._commit(posts)

    def _take(self) -> list[_Post]:
        """What waits, once something does and has lingered; nothing when stopping and all is done."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            if self._waiting and not self._stopping and self._linger:
                self._changed.wait_for(
                    lambda: self._stopping or self._events >= self._max_events // 4, self._linger.total_seconds()
                )
            posts, self._waiting = self._waiting, []
            self._events = self._bytes = 0
            return posts

    def _commit(self, posts: list[_Post]) -> None:
        first = self._next
        try:
            with COMMITS.time():
                rows = self._rows(posts, first)
                self._appender.append(rows, first + rows.num_rows - 1)
        except (RtlError, OSError) as error:
            self._fail(posts, error)
            return
        self._next = first + rows.num_rows
        ACCEPTED.inc(rows.num_rows)
        for post in posts:
            self._answer(post, first)
            first += len(post.payloads)
        self._commits += 1
        if self._commits % _REOPEN_EVERY == 0:
            self._appender.reopen()

    def _rows(self, posts: list[_Post], first: int) -> pa.Table:
        now = self._clock.now()
        parts = []
        for post in posts:
            parts.append(
                records(
                    post.payloads,
                    tenant_id=post.tenant_id,
                    source="http",
                    topic=TOPIC,
                    partition=0,
                    first_position=first,
                    received_at=post.received_at,
                    ingested_at=now,
                )
            )
            first += len(post.payloads)
        return pa.concat_tables(parts)

    def _fail(self, posts: list[_Post], error: Exception) -> None:
        """Tell the posts; go on only if bronze is where it was, for then nothing of them is in it."""
        log.error("bronze commit failed", error=str(error))
        try:
            self._appender.reopen()
            clean = self._appender.progress + 1 == self._next
        except (RtlError, OSError) as again:
            log.exception("bronze cannot be opened", error=str(again))
            clean = False
        if not clean:
            self._broken = f"Bronze is not as this gateway left it ({error}). Restart it: it heals at start."
        refusal = SourceError(f"The event could not be stored: {error}. Nothing was acknowledged; post it again.")
        for post in posts:
            post.loop.call_soon_threadsafe(_set_exception, post.done, refusal)

    @staticmethod
    def _answer(post: _Post, first: int) -> None:
        post.loop.call_soon_threadsafe(_set_result, post.done, first)


def _set_result(done: asyncio.Future[int], first: int) -> None:
    if not done.done():
        done.set_result(first)


def _set_exception(done: asyncio.Future[int], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
