"""What both clients ask: the requests, and when one is sent again. Nothing here waits or touches the network."""

from __future__ import annotations

import gzip
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import httpx
import msgspec

from rtlakehouse.clock import isoformat
from rtlakehouse.errors import UsageError

__all__ = [
    "ARROW",
    "METRICS",
    "Event",
    "Retries",
    "act_of",
    "as_parameters",
    "asked_of",
    "authorization",
    "path_of",
    "posts_of",
    "query_of",
    "resuming",
    "retry_after",
]

Event = Mapping[str, Any] | str | bytes

ARROW = {"Accept": "application/vnd.apache.arrow.stream"}
# Records and bytes of a post: large enough that posts do not count, small enough to send again.
_POST_RECORDS = 5_000
_POST_BYTES = 4 << 20
_PAGE = 1_000
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
# "Full", "busy", and what a proxy says while the server behind it starts.
_AGAIN = frozenset({429, 502, 503, 504})
_ROOT = "/api/v1"
# The one path that is not under it.
METRICS = "/metrics"


class Retries:
    """When one request is sent again: until an answer that is final, or until the time for it is over.

    The pause is the server's `Retry-After`, else it doubles from 0.2 s to 5 s; up to a quarter more is added by chance, so that
    clients that were sent away together do not come back together.
    """

    def __init__(self, within_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._end = now() + within_s
        self._pause = _FIRST_PAUSE_S

    def after(self, outcome: httpx.Response | httpx.TransportError) -> float | None:
        """Seconds to wait before the request is sent again; None: the outcome is final."""
        if isinstance(outcome, httpx.Response) and outcome.status_code not in _AGAIN:
            return None
        asked = retry_after(outcome, self._pause) if isinstance(outcome, httpx.Response) else self._pause
        pause = asked * (1 + random.random() / 4)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_S)
        return pause if self._now() + pause < self._end else None


def authorization(key: str | None) -> dict[str, str]:
    """The header that sends an API key; none without one."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def retry_after(response: httpx.Response, otherwise: float) -> float:
    """The seconds that the server asks for; `otherwise` where it says none, or a date."""
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isdigit() else otherwise


def path_of(path: str) -> str:
    """The whole path of one under `/api/v1`."""
    if not path.startswith("/"):
        raise UsageError(f"{path!r} is no path; write it as docs/api.md does, without /api/v1: /kpis/latest.")
    return path if path == METRICS or path.startswith(f"{_ROOT}/") else _ROOT + path


def as_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as a query string has them; None is one that is not given, `from_` is `from`."""
    return {name.rstrip("_"): _text(value) for name, value in parameters.items() if value is not None}


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise UsageError(f"{value} has no time zone; say which one it is of: datetime(..., tzinfo=UTC).")
        return isoformat(value)
    return str(value).lower() if isinstance(value, bool) else value


def posts_of(events: Iterable[Event], key: str | None) -> Iterator[dict[str, Any]]:
    """The posts that events make, each with an idempotency key, so that it can be sent again: the same one of the same events
    where `key` is given."""
    key = key or str(uuid.uuid4())
    for number, records in enumerate(_shares(events)):
        yield {
            "content": gzip.compress(b"\n".join(records), 1),
            "headers": {
                "Content-Type": "application/x-ndjson",
                "Content-Encoding": "gzip",
                "Idempotency-Key": f"{key}-{number}",
            },
        }


def _shares(events: Iterable[Event]) -> Iterator[list[bytes]]:
    share: list[bytes] = []
    size = 0
    for event in events:
        record = _record(event)
        if share and (len(share) == _POST_RECORDS or size + len(record) > _POST_BYTES):
            yield share
            share, size = [], 0
        share.append(record)
        size += len(record) + 1
    if share:
        yield share


def _record(event: Event) -> bytes:
    """One line. Raises UsageError for what would be none, or several."""
    if isinstance(event, Mapping):
        return msgspec.json.encode(event)
    record = event.encode() if isinstance(event, str) else bytes(event)
    if b"\n" in record.strip() or not record.strip():
        raise UsageError(f"An event is one line of JSON, and this is none: {record[:80]!r}. Send each event by itself.")
    return record.strip()


def act_of(body: Mapping[str, Any], key: str | None) -> dict[str, Any]:
    """A POST that changes something."""
    return {"json": dict(body), "headers": {"Idempotency-Key": key or str(uuid.uuid4())}}


def query_of(sql: str, values: Mapping[str, Any] | Iterable[Any] | None) -> dict[str, Any]:
    """The body of a query; times among the values become text."""
    if values is None:
        return {"sql": sql}
    if isinstance(values, Mapping):
        return {"sql": sql, "parameters": {name: _text_of(value) for name, value in values.items()}}
    return {"sql": sql, "parameters": [_text_of(value) for value in values]}


def resuming(last_id: str | None) -> dict[str, str]:
    """Headers that ask for a live feed from after the update of that id on."""
    return {"Accept": "text/event-stream", **({"Last-Event-ID": last_id} if last_id else {})}


def asked_of(as_of: str | None) -> dict[str, Any]:
    """The parameters of a query that is read whole: pages as large as they may be."""
    return as_parameters({"as_of": as_of, "limit": _PAGE})


def _text_of(value: Any) -> Any:
    """A value as DuckDB reads it: a table's times have no zone, and are UTC."""
    return _text(value).removesuffix("Z") if isinstance(value, datetime) else value
