"""The HTTP gateway: many posts share one durable bronze commit, and nothing is acknowledged before it.

Posts wait in a bounded queue; one thread takes what is there, lingers a moment for more, commits it as one bronze version, and
then answers each. The gateway is one writer of bronze, `http`, under a lock of its own; its positions are a count from 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import structlog
from prometheus_client import Counter, Histogram

from rtlakehouse import tracing
from rtlakehouse.api.events.intake import Place, receipt_of
from rtlakehouse.api.events.keys import METADATA, Keyed, Keys, check, digest_of
from rtlakehouse.api.events.owners import Owners
from rtlakehouse.clock import Clock
from rtlakehouse.errors import OverloadedError, RtlError, SourceError
from rtlakehouse.ingest.appender import BronzeAppender
from rtlakehouse.ingest.records import records
from rtlakehouse.medallion.table import UTC_TIME
from rtlakehouse.storage.durable import write_atomically
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import Commit, read_commit

__all__ = ["APPLICATION", "TOPIC", "Gateway"]

log = structlog.get_logger(__name__)

APPLICATION = "http"
TOPIC = "events"
# The handle gathers state with every commit; re-opening it this often keeps commits as fast as the first.
_REOPEN_EVERY = 50
# What must fit on the disk before it counts as usable again: a commit of many posts with its log entry.
_PROBE_BYTES = 1 << 20
# How much of bronze's log is read at start for the idempotency keys in it: a day, or a few seconds of reading.
_KEYS_AGE = timedelta(days=1)
_KEYS_COMMITS = 10_000

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
    key: str | None
    digest: str
    # The span of the request, where that is traced.
    cause: str

    def keyed(self, first: int) -> Keyed | None:
        """What is remembered of it, once its first event has a position."""
        return None if self.key is None else Keyed(self.tenant_id, self.key, self.digest, first)


class Gateway:
    """Commits posted events. Start it in the process that holds the lake's gateway lock.

    linger: how long the first post of a commit waits for others. max_events, max_bytes: what may wait at once. confirm: waits
    until a version of bronze is elsewhere, too, before it is acknowledged; it may raise SourceError.
    """

    def __init__(
        self,
        lake: Lake,
        clock: Clock,
        linger: timedelta,
        max_events: int,
        max_bytes: int,
        confirm: Callable[[int], None] | None = None,
    ) -> None:
        self._lake = lake
        self._clock = clock
        self._linger = linger
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._confirm = confirm
        self._appender = BronzeAppender(lake, APPLICATION)
        self._next = self._appender.progress + 1
        self._commits = 0
        self._owners = Owners()
        self._keys = Keys(reversed(list(_recent(lake, clock.now()))))
        # The posts with a key that have no answer yet.
        self._keyed: dict[tuple[str, str | None], _Post] = {}
        self._waiting: list[_Post] = []
        self._events = 0
        self._bytes = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._broken = ""
        self._trouble = ""
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
        """Why nothing can be stored; empty while all is well.

        After a failed commit the disk is tried anew whenever this is asked, for it may be that nobody posts until this is empty.
        """
        if self._trouble and self._can_write():
            self._trouble = ""
        return self._broken or self._trouble

    async def post(self, payloads: Sequence[bytes], tenant_id: str, key: str | None = None) -> Sequence[str]:
        """Commit these payloads; their receipts, once all are durable. Raises as `submit` does."""
        first = await self.submit(payloads, tenant_id, key)
        return [receipt_of(Place("http", TOPIC, 0, position)) for position in range(first, first + len(payloads))]

    def owner_of(self, place: Place) -> str | None:
        return self._owners.of(place.position) if place.source == "http" else None

    async def submit(self, payloads: Sequence[bytes], tenant_id: str, key: str | None = None) -> int:
        """Commit these payloads; the position of the first, once all are durable. Of posts with one key only the first is stored.

        Raises OverloadedError when too much waits already, SourceError when the lake cannot be written. Then nothing of the
        post was acknowledged; after a SourceError it may have been stored all the same. KeyReusedError: the key stands for other
        payloads.
        """
        loop = asyncio.get_running_loop()
        size = sum(map(len, payloads))
        digest = "" if key is None else digest_of(payloads)
        post = _Post(payloads, tenant_id, self._clock.now(), loop.create_future(), loop, size, key, digest, tracing.current())
        with self._changed:
            if key is not None and (first := self._keys.first_of(tenant_id, key, digest)) is not None:
                return first
            if same := self._keyed.get((tenant_id, key)):
                check(same.digest, digest, same.key or "")
                post = same
            else:
                self._enqueue(post)
        # Several may wait for one post; one that goes away must not take the answer from the others.
        return await asyncio.shield(post.done)

    def _enqueue(self, post: _Post) -> None:
        self._refuse_if_full(len(post.payloads), post.size_bytes)
        self._waiting.append(post)
        self._events += len(post.payloads)
        self._bytes += post.size_bytes
        if post.key is not None:
            self._keyed[post.tenant_id, post.key] = post
        self._changed.notify()

    def _refuse_if_full(self, events: int, size: int) -> None:
        if self._broken or self._stopping:
            raise SourceError(self._broken or "The gateway is stopping; post again in a moment.")
        if self._waiting and (self._events + events > self._max_events or self._bytes + size > self._max_bytes):
            raise OverloadedError(f"{self._events:,} events wait to be committed; post again in a second.", 1)

    def _run(self) -> None:
        while posts := self._take():
            if self._broken:
                # They came while the commit before them failed. Their positions may be taken.
                self._refuse(posts, SourceError(self._broken))
                continue
            try:
                self._commit(posts)
            except BaseException as error:
                # Also what is no Exception, such as a panic of delta-rs: a dead thread would leave every post waiting.
                log.exception("the gateway has stopped", error=str(error))
                self._broken = f"The gateway has stopped ({error}). Restart it: it heals at start."
                self._refuse(posts, SourceError(self._broken))

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
        causes = [post.cause for post in posts if post.cause][: tracing.MOST_CAUSES]
        try:
            with COMMITS.time(), tracing.shared("group commit", {"rtl.posts": len(posts)}, causes, self._clock.now):
                rows = self._rows(posts, first)
                metadata = _metadata(posts, first) | tracing.as_metadata(causes)
                commit = self._appender.append(rows, first + rows.num_rows - 1, metadata)
        except (RtlError, OSError) as error:
            self._fail(posts, error)
            return
        self._trouble = ""
        self._next = first + rows.num_rows
        self._acknowledge(posts, first, rows.num_rows, commit)
        self._commits += 1
        if self._commits % _REOPEN_EVERY == 0:
            self._appender.reopen()

    def _acknowledge(self, posts: list[_Post], first: int, events: int, commit: Commit) -> None:
        try:
            if self._confirm is not None:
                self._confirm(commit.version)
        except SourceError as error:
            self._refuse(posts, error)
            return
        ACCEPTED.inc(events)
        self._answer(list(_placed(posts, first)))

    def _rows(self, posts: list[_Post], first: int) -> pa.Table:
        # The columns of all posts are made at once: a table for each of many small posts costs more than everything else here.
        of_post = np.repeat(np.arange(len(posts)), [len(post.payloads) for post in posts])
        return records(
            [payload for post in posts for payload in post.payloads],
            tenant_id=pa.array([post.tenant_id for post in posts]).take(pa.array(of_post)),
            source="http",
            topic=TOPIC,
            partition=0,
            first_position=first,
            received_at=pa.array([post.received_at for post in posts], UTC_TIME).take(pa.array(of_post)),
            ingested_at=self._clock.now(),
        )

    def _fail(self, posts: list[_Post], error: Exception) -> None:
        """Tell the posts; go on only if bronze is where it was, for then nothing of them is in it."""
        log.error("bronze commit failed", error=str(error))
        self._trouble = f"Nothing can be stored: {error}"
        try:
            self._appender.reopen()
            clean = self._appender.progress + 1 == self._next
        except (RtlError, OSError) as again:
            log.exception("bronze cannot be opened", error=str(again))
            clean = False
        if not clean:
            self._broken = f"Bronze is not as this gateway left it ({error}). Restart it: it heals at start."
        self._refuse(posts, SourceError(f"The event could not be stored: {error} Nothing was acknowledged; post it again."))

    def _can_write(self) -> bool:
        probe = self._lake.control / "gateway.probe"
        try:
            write_atomically(probe, bytes(_PROBE_BYTES))
        except OSError:
            return False
        finally:
            for left in probe.parent.glob(f"{probe.name}*"):
                left.unlink(missing_ok=True)
        return True

    def _refuse(self, posts: list[_Post], why: SourceError) -> None:
        with self._changed:
            for post in posts:
                self._keyed.pop((post.tenant_id, post.key), None)
        _tell(((post, why) for post in posts), asyncio.Future.set_exception)

    def _answer(self, placed: list[tuple[_Post, int]]) -> None:
        with self._changed:
            for post, first in placed:
                self._owners.add(post.tenant_id, first, len(post.payloads))
                if keyed := post.keyed(first):
                    self._keys.keep(keyed)
                    self._keyed.pop((post.tenant_id, post.key), None)
        _tell(placed, asyncio.Future.set_result)


def _tell(told: Iterable[tuple[_Post, Any]], how: Callable[[asyncio.Future[int], Any], None]) -> None:
    """Wake each event loop once, however many of its posts are told: each waking costs it a system call."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[_Post, Any]]] = {}
    for post, what in told:
        loops.setdefault(post.loop, []).append((post, what))
    for loop, its_own in loops.items():
        # A loop that has ended has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_end, its_own, how)


def _end(told: list[tuple[_Post, Any]], how: Callable[[asyncio.Future[int], Any], None]) -> None:
    for post, what in told:
        if not post.done.done():
            how(post.done, what)


def _placed(posts: Sequence[_Post], first: int) -> Iterator[tuple[_Post, int]]:
    """Each post with the position of its first event, where the first of all has `first`."""
    for post in posts:
        yield post, first
        first += len(post.payloads)


def _metadata(posts: Sequence[_Post], first: int) -> dict[str, Any]:
    """The keys of these posts, for the commit that holds them."""
    keyed = [found.as_metadata() for post, position in _placed(posts, first) if (found := post.keyed(position))]
    return {METADATA: keyed} if keyed else {}


def _recent(lake: Lake, now: datetime) -> Iterator[Commit]:
    """The newest commits of bronze, newest first, as far as keys are remembered."""
    newest = lake.version("bronze.events")
    for version in range(newest, max(-1, newest - _KEYS_COMMITS), -1):
        commit = read_commit(lake.path("bronze.events"), version)
        if commit is None or now - commit.timestamp > _KEYS_AGE:
            return
        yield commit
