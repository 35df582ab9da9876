"""How every read answers: from one snapshot, with its origin, its ETag, and without work when nothing changed."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request, Response
from pydantic import BaseModel

from rtlakehouse import __version__
from rtlakehouse.api.formats import Body
from rtlakehouse.catalog import Catalog, Snapshot
from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.errors import StaleError

__all__ = ["DEFAULT_TENANT", "Answers", "Reading"]

DEFAULT_TENANT = "default"
_STALENESS_PATIENCE_S = 1.0


@dataclass(frozen=True)
class Reading:
    """One read: whose, of which snapshot, and the time that the states of its windows are judged by."""

    tenant_id: str
    snapshot: Snapshot
    watermark: datetime
    parameters: str
    accept: str


class Answers:
    """Makes answers and keeps the last ones by ETag. Thread-safe."""

    def __init__(self, catalog: Catalog, clock: Clock, watermark_delay: timedelta, entries: int) -> None:
        self.catalog = catalog
        self._clock = clock
        self._delay = watermark_delay
        self._entries = entries
        self._kept: OrderedDict[str, Body] = OrderedDict()
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0

    def watermark(self, snapshot: Snapshot) -> datetime:
        """Up to when event times are complete: the wall clock's for the present, the commit's own for the past."""
        return (self._clock.now() if snapshot.is_latest else snapshot.as_of) - self._delay

    def reading(self, request: Request, parameters: BaseModel, as_of: str | None, max_staleness_ms: int | None) -> Reading:
        """The snapshot a request is to be answered from. Raises for an as_of that cannot be had or data too stale."""
        snapshot = self.catalog.snapshot(as_of)
        if max_staleness_ms is not None and as_of is None:
            snapshot = self._fresh(snapshot, max_staleness_ms)
        text = parameters.model_dump_json(exclude={"as_of", "max_staleness_ms"})
        accept = request.headers.get("accept", "")
        return Reading(DEFAULT_TENANT, snapshot, self.watermark(snapshot), text, accept)

    def answer(
        self, request: Request, reading: Reading, tables: Iterable[str], make: Callable[[], Body], *, clocked: bool = False
    ) -> Response:
        """The answer made by `make`, or the one kept, or 304. `clocked`: it tells final windows from open ones."""
        versions = {name: reading.snapshot.versions[name] for name in sorted(tables) if name in reading.snapshot.versions}
        etag = self._etag(request.url.path, reading, versions, clocked)
        headers = self._headers(reading, versions, etag)
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        body = self._kept_or_made(etag, make)
        return Response(body.content, media_type=body.media_type, headers=headers)

    def _fresh(self, snapshot: Snapshot, max_staleness_ms: int) -> Snapshot:
        deadline = self._clock.monotonic() + _STALENESS_PATIENCE_S
        while (behind := self.catalog.behind_ms()) > max_staleness_ms:
            left = deadline - self._clock.monotonic()
            if left <= 0:
                raise StaleError(f"The data is {behind:,} ms behind what was acknowledged; {max_staleness_ms:,} were asked.", 1)
            snapshot = self.catalog.wait_for_change(snapshot, min(left, 0.05))
        return self.catalog.latest

    def _etag(self, path: str, reading: Reading, versions: Mapping[str, int], clocked: bool) -> str:
        parts = [path, reading.parameters, reading.tenant_id, repr(sorted(versions.items())), __version__, reading.accept]
        if clocked:
            parts.append(reading.watermark.strftime("%Y%m%d%H%M"))
        return f'"{hashlib.blake2b("|".join(parts).encode(), digest_size=16).hexdigest()}"'

    def _headers(self, reading: Reading, versions: Mapping[str, int], etag: str) -> dict[str, str]:
        headers = {
            "ETag": etag,
            "X-Lake-Versions": ",".join(f"{name}={version}" for name, version in versions.items()),
            "X-Watermark": isoformat(reading.watermark.replace(microsecond=0)),
            "Cache-Control": "private, no-cache",
            "Vary": "Authorization, Accept",
        }
        if reading.snapshot.is_latest:
            headers["X-Data-Freshness-Ms"] = str(self.catalog.behind_ms())
        return headers

    def _kept_or_made(self, etag: str, make: Callable[[], Body]) -> Body:
        with self._lock:
            if etag in self._kept:
                self._kept.move_to_end(etag)
                self.hits += 1
                return self._kept[etag]
        body = make()
        with self._lock:
            self.misses += 1
            self._kept[etag] = body
            while len(self._kept) > self._entries:
                self._kept.popitem(last=False)
        return body
