"""One client of the live events. It reads for itself what was committed since its place: nothing is queued for it.

So memory is bounded by a piece of a file, however far a client is behind. One that is too far behind is told how many events it
misses, and goes on with the newest ones; but what it has not seen when it connects it is told whole, for it asked for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool

from rtlakehouse.api.live.feed import Feed
from rtlakehouse.api.live.matching import COLUMNS, KINDS, LiveParameters, document, matching
from rtlakehouse.api.live.places import Place, Places, spelled
from rtlakehouse.api.live.unread import Gone, Piece, pieces, rows_unread
from rtlakehouse.catalog import Catalog, Snapshot
from rtlakehouse.catalog.appended import Appends
from rtlakehouse.errors import NotFoundError

__all__ = ["Follower"]


class Follower:
    """The place of one connection in the events of a tenant, and what it is told next. Used on its event loop only.

    most_behind: rows that may be unread once it has caught up with what was there when it connected.
    """

    def __init__(
        self,
        feed: Feed,
        catalog: Catalog,
        appends: Appends,
        tenant_id: str,
        parameters: LiveParameters,
        most_behind: int,
        places: Places | None = None,
    ) -> None:
        """Raises NotFoundError for places that are ahead of the tables, FeedFullError where too many are connected."""
        self._feed, self._catalog, self._appends = feed, catalog, appends
        self._tenant_id, self._parameters, self._most_behind = tenant_id, parameters, most_behind
        self._columns = {table: COLUMNS[table] for table in parameters.tables}
        self._seen = catalog.latest
        self._places = dict(places or _ends(self._seen))
        _refuse_ahead(self._places, self._seen)
        self._blocks: Iterator[bytes] | None = self._walk(self._seen, 0)
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._ended = False
        feed.attend(self)
        self._end_listening = catalog.listen(self.end)

    @property
    def stopped(self) -> bool:
        return self._feed.stopped

    @property
    def greeting(self) -> bytes:
        return b"id: %s\n" % self._id

    @property
    def heartbeat(self) -> bytes:
        # An id without data is remembered and told to nobody: who then resumes does not look at all that again.
        return b": still here\nid: %s\n\n" % self._id

    def end(self) -> None:
        """Have `next` look whether there is something new, or it is the end. Any thread may call it."""
        self._loop.call_soon_threadsafe(self._news.set)

    def leave(self) -> None:
        self._ended = True
        self._end_listening()
        self._feed.dismiss(self)

    async def next(self, timeout_s: float) -> bytes | None:
        """The next events; None after `timeout_s` without any, or at the end."""
        deadline = self._loop.time() + timeout_s
        while not self.stopped:
            self._news.clear()
            if (found := await self._read()) is not None:
                return found
            try:
                async with asyncio.timeout_at(deadline):
                    await self._news.wait()
            except TimeoutError:
                break
        return None

    async def _read(self) -> bytes | None:
        """The next events that are there."""
        while self._blocks is not None or self._catalog.latest is not self._seen:
            if self._blocks is None:
                self._seen = self._catalog.latest
                self._blocks = await run_in_threadpool(self._from_here, self._seen)
            if (found := await run_in_threadpool(next, self._blocks, None)) is not None:
                return found
            self._blocks = None
        return None

    def _from_here(self, snapshot: Snapshot) -> Iterator[bytes]:
        unread = rows_unread(self._appends, self._places, snapshot.versions, self._columns)
        return self._walk(snapshot, max(0, unread - self._most_behind))

    def _walk(self, snapshot: Snapshot, skip: int) -> Iterator[bytes]:
        """Everything up to a snapshot, without the first rows, as many as are to be skipped."""
        missed = 0
        for piece in pieces(self._appends, self._places, snapshot.versions, self._columns):
            if self._ended:
                return
            if skip <= 0 and missed:
                yield self._block("skipped", {"events": missed})
                missed = 0
            told = b""
            if isinstance(piece, Piece) and skip > 0:
                skip -= piece.rows.num_rows
                missed += len(matching(piece.rows, self._tenant_id, self._parameters))
            elif isinstance(piece, Piece):
                told = self._told(piece)
            self._places[piece.table] = piece.after
            if isinstance(piece, Gone):
                told = self._block("lost", {"table": piece.table, "from_version": piece.first, "to_version": piece.last})
            if told:
                yield told
        self._places = _ends(snapshot)
        if missed:
            yield self._block("skipped", {"events": missed})

    def _told(self, piece: Piece) -> bytes:
        """An event for each row that is asked for."""
        chosen = matching(piece.rows, self._tenant_id, self._parameters)
        rows = piece.rows.take(chosen).to_pylist()
        return b"".join(
            _event(
                KINDS[piece.table],
                self._places | {piece.table: Place(piece.version, piece.first + int(number) + 1)},
                document(piece.table, row),
            )
            for number, row in zip(chosen, rows, strict=True)
        )

    def _block(self, kind: str, told: Mapping[str, Any]) -> bytes:
        return _event(kind, self._places, told)

    @property
    def _id(self) -> bytes:
        return spelled(self._places).encode()


def _event(kind: str, places: Places, told: Mapping[str, Any]) -> bytes:
    return b"event: %s\nid: %s\ndata: %s\n\n" % (kind.encode(), spelled(places).encode(), msgspec.json.encode(told))


def _ends(snapshot: Snapshot) -> dict[str, Place]:
    """Where nothing of a snapshot is unread."""
    return {table: Place(snapshot.versions[table] + 1) for table in KINDS}


def _refuse_ahead(places: Places, snapshot: Snapshot) -> None:
    for table, place in places.items():
        if place.version > snapshot.versions[table] + 1:
            newest = snapshot.versions[table]
            raise NotFoundError(
                f"Last-Event-ID names {table} version {place.version}; its newest is {newest}. Send none to begin now."
            )
