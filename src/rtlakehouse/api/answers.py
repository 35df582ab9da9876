"""How every read answers: from one snapshot, with its origin, its ETag, and without work when nothing changed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response
from pydantic import BaseModel

from rtlakehouse import __version__, catalog
from rtlakehouse.api.cache import Cache
from rtlakehouse.api.formats import JSON, TABULAR, Body, Tabular, render
from rtlakehouse.api.negotiation import ANY, choose, matches, tags
from rtlakehouse.catalog import Catalog, Snapshot
from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.errors import StaleError, UsageError
from rtlakehouse.ingest.records import DEFAULT_TENANT

__all__ = ["Answers", "Reading"]

# Freshness that is not there is waited for this long, in looks this far apart.
_STALENESS_PATIENCE_S = 1.0
_STALENESS_LOOK_S = 0.05
# What the versions say already, and what only says how long to wait.
_NOT_IN_ETAG = {"as_of", "max_staleness_ms"}


@dataclass(frozen=True)
class Reading(catalog.Reading):
    """parameters: by which it is asked for."""

    parameters: str


class Answers:
    """Makes a tenant's answers and keeps the last ones by ETag. Thread-safe."""

    def __init__(
        self, catalog: Catalog, clock: Clock, watermark_delay: timedelta, cache: Cache, tenant_id: str = DEFAULT_TENANT
    ) -> None:
        self.catalog = catalog
        self._tenant_id = tenant_id
        self._clock = clock
        self._delay = watermark_delay
        self._cache = cache

    def of(self, tenant_id: str) -> Answers:
        """The answers of a tenant, kept beside those of others, whose ETags are others."""
        return Answers(self.catalog, self._clock, self._delay, self._cache, tenant_id)

    def watermark(self, snapshot: Snapshot) -> datetime:
        """Up to when event times are complete: by the wall clock for the present, by the past's own time for the past."""
        return (self._clock.now() if snapshot.is_latest else snapshot.as_of) - self._delay

    def reading(
        self, parameters: BaseModel, as_of: str | None, max_staleness_ms: int | None, watermark: datetime | None = None
    ) -> Reading:
        """The snapshot a request is to be answered from. Raises for an as_of that cannot be had or data too stale."""
        snapshot = self.catalog.snapshot(as_of)
        if max_staleness_ms is not None and as_of is None:
            snapshot = self._fresh(snapshot, max_staleness_ms)
        return self.reading_of(snapshot, parameters, watermark)

    def reading_of(self, snapshot: Snapshot, parameters: BaseModel, watermark: datetime | None = None) -> Reading:
        """The reading of a snapshot that the caller has chosen."""
        text = parameters.model_dump_json(exclude=_NOT_IN_ETAG)
        return Reading(self._tenant_id, snapshot, watermark or self.watermark(snapshot), text)

    def answer(
        self,
        request: Request,
        reading: Reading,
        tables: Iterable[str],
        make: Callable[[], BaseModel | Tabular],
        *,
        clocked: bool = False,
        tabular: bool = False,
    ) -> Response:
        """The answer made by `make`, or the one kept, or 304 to a GET.

        tables: all that `make` reads. clocked: it tells final windows from open ones. tabular: it comes in the form that
        `Accept` likes best; others are JSON whatever `Accept` says.
        """
        versions = _versions(reading.snapshot, tables)
        accept = ",".join(request.headers.getlist("accept")) if tabular else ""
        form = choose(accept, (JSON, *TABULAR))
        etag = self._etag(request.url.path, reading, versions, form, clocked)
        headers = self._headers(reading, versions, etag)
        known = _known(request)
        if matches(known, etag):
            return Response(status_code=304, headers=headers)
        body = self._cache.get(etag, lambda: render(make(), form))
        if ANY in known:
            return Response(status_code=304, headers=headers)
        return Response(body.content, media_type=body.media_type, headers=headers | _link(request, body))

    def fixed(self, request: Request, model: BaseModel, parameters: BaseModel | None = None) -> Response:
        """An answer that no table has a part in, and that only another release changes."""
        parts = [request.url.path, *([parameters.model_dump_json()] if parameters else []), __version__]
        return self._tagged(request, model, _hash(parts))

    def control(self, request: Request, model: BaseModel) -> Response:
        """An answer that no table has a part in, and that may change at any time."""
        return self._tagged(request, model, _hash([request.url.path, model.model_dump_json()]))

    def _tagged(self, request: Request, model: BaseModel, etag: str) -> Response:
        headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization, X-API-Key"}
        known = _known(request)
        if ANY in known or matches(known, etag):
            return Response(status_code=304, headers=headers)
        return Response(render(model, JSON).content, media_type=JSON, headers=headers)

    def _fresh(self, snapshot: Snapshot, max_staleness_ms: int) -> Snapshot:
        # Waiting is real time, whatever clock the data is judged by.
        deadline = time.monotonic() + _STALENESS_PATIENCE_S
        while (behind := self.catalog.behind_ms(snapshot)) > max_staleness_ms:
            left = deadline - time.monotonic()
            if left <= 0:
                raise StaleError(f"The data is {behind:,} ms behind what was acknowledged; {max_staleness_ms:,} were asked.", 1)
            snapshot = self.catalog.wait_for_change(snapshot, min(left, _STALENESS_LOOK_S))
        return snapshot

    def _etag(self, path: str, reading: Reading, versions: Mapping[str, int], form: str, clocked: bool) -> str:
        parts = [path, reading.parameters, reading.tenant_id, repr(sorted(versions.items())), __version__, form]
        if clocked:
            # Windows end at whole minutes, so between two of them no state changes.
            parts.append(reading.watermark.strftime("%Y%m%d%H%M"))
        return _hash(parts)

    def _headers(self, reading: Reading, versions: Mapping[str, int], etag: str) -> dict[str, str]:
        headers = {
            "ETag": etag,
            "X-Lake-Versions": ",".join(f"{name}={version}" for name, version in versions.items()),
            "X-Watermark": isoformat(reading.watermark.replace(microsecond=0)),
            "Cache-Control": "private, no-cache",
            "Vary": "Authorization, X-API-Key, Accept",
        }
        if reading.snapshot.is_latest:
            headers["X-Data-Freshness-Ms"] = str(self.catalog.behind_ms(reading.snapshot))
        return headers


def _known(request: Request) -> frozenset[str]:
    """The tags of the answers that the client has. Only what is read with GET or HEAD may be answered 304 (RFC 9110, 13.1.2)."""
    return tags(",".join(request.headers.getlist("if-none-match"))) if request.method in ("GET", "HEAD") else frozenset()


def _versions(snapshot: Snapshot, tables: Iterable[str]) -> dict[str, int]:
    names = sorted(set(tables))
    missing = [name for name in names if name not in snapshot.versions]
    if missing:
        raise UsageError(f"`as_of` names no version of {', '.join(missing)}, which this reads too; add what is missing.")
    return {name: snapshot.versions[name] for name in names}


def _hash(parts: Iterable[str]) -> str:
    return f'"{hashlib.blake2b("|".join(parts).encode(), digest_size=16).hexdigest()}"'


def _link(request: Request, body: Body) -> dict[str, str]:
    """RFC 8288: where the next page is, for the forms that have no place for a cursor."""
    if body.next_cursor is None:
        return {}
    kept = [
        (name, value) for name, value in parse_qsl(request.url.query, keep_blank_values=True) if name not in ("cursor", "as_of")
    ]
    query = urlencode([*kept, ("cursor", body.next_cursor)])
    return {"Link": f'<{request.url.path}?{query}>; rel="next"'}
