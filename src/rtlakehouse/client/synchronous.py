"""The client that waits for each answer."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Mapping
from typing import Any, Self

import httpx
import pyarrow as pa
from httpx_sse import EventSource

from rtlakehouse.client.answers import (
    Answer,
    Figures,
    Receipt,
    Update,
    answer_of,
    checked,
    figures_of,
    receipt_of,
    receipts_of,
    rows_of,
    tells,
)
from rtlakehouse.client.questions import (
    ARROW,
    METRICS,
    Event,
    Retries,
    act_of,
    as_parameters,
    asked_of,
    authorization,
    path_of,
    posts_of,
    query_of,
    resuming,
)
from rtlakehouse.environment import environment_key

__all__ = ["Client"]


class Client:
    """A lakehouse at an address. Thread-safe; close it, or use it with `with`.

    Every method raises what `rtlakehouse.errors` has: UsageError for what was asked wrong, NotFoundError, VersionGoneError,
    OverloadedError and SourceError where the server is full or away for longer than `retry_s`.
    """

    def __init__(
        self, address: str = "http://127.0.0.1:8000", *, key: str | None = None, timeout_s: float = 60, retry_s: float = 60
    ) -> None:
        """key: an API key; that of `RTL_API_KEY` where none is given, and none at all where it is empty. timeout_s: how long one
        answer may take. retry_s: how long a request is sent again while the server is full or away."""
        self._retry_s = retry_s
        self._http = httpx.Client(
            base_url=address, timeout=timeout_s, headers=authorization(environment_key() if key is None else key)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def post(self, events: Iterable[Event], *, idempotency_key: str | None = None) -> list[str]:
        """Store events, and return their receipts in the same order; all of them are durable then.

        events: mappings, or lines of JSON as they are; one that breaks the contract is stored and quarantined. Many go in
        several posts. A post whose answer was lost is sent again and stored once. With a key of your own that holds over your
        own restarts, too: the same events with the same key are stored once.
        """
        found: list[str] = []
        for post in posts_of(events, idempotency_key):
            found += receipts_of(self._ask("POST", "/events", **post))
        return found

    def receipt(self, receipt: str, *, wait_ms: int = 0) -> Receipt:
        """What became of a posted record. wait_ms (at most 30,000): wait that long for it to be readable in gold."""
        waiting = {"wait": "gold", "timeout_ms": wait_ms} if wait_ms else {}
        return receipt_of(self._ask("GET", f"/events/receipts/{receipt}", params=waiting))

    def get(self, path: str, **parameters: Any) -> Answer:
        """The document at a path of docs/api.md, such as `/kpis/latest`.

        Parameters are those of docs/api.md; times are aware datetimes or text, and `from_` is `from`. `as_of` is a time or
        another answer's `as_of`.
        """
        return answer_of(self._ask("GET", path, params=as_parameters(parameters)))

    def ask(self, path: str, body: Mapping[str, Any], **parameters: Any) -> Answer:
        """The answer to a question that goes as a document, such as that of `/metrics-catalog/query`. It changes nothing."""
        return answer_of(self._ask("POST", path, json=dict(body), params=as_parameters(parameters)))

    def rows(self, path: str, **parameters: Any) -> pa.Table:
        """All rows at a path that has pages or a table, such as `/kpis/series`; every page is of the same versions."""
        return self._pages("GET", path, params=as_parameters(parameters))

    def query(self, sql: str, values: Mapping[str, Any] | Iterable[Any] | None = None, *, as_of: str | None = None) -> pa.Table:
        """All rows that a statement finds (docs/sql.md). values: of `$name` by name, or of `?` in order."""
        return self._pages("POST", "/query", params=asked_of(as_of), json=query_of(sql, values))

    def act(self, path: str, *, idempotency_key: str | None = None, **body: Any) -> Answer:
        """What a POST to a path of docs/api.md does, such as `/jobs`; it is sent again where its answer was lost, and done once.

        With a key of your own that holds over your own restarts, too.
        """
        return answer_of(self._ask("POST", path, **act_of(body, idempotency_key)))

    def figures(self) -> Figures:
        """What `/metrics` says now (docs/monitoring.md)."""
        return figures_of(self._ask("GET", METRICS))

    def live(self, feed: str = "kpis", *, last_id: str | None = None, **parameters: Any) -> Generator[Update, None, None]:
        """What a live feed tells, without end; a connection that is lost is made again, and nothing is told twice.

        feed: `kpis`, the state of the figures, or `events`, each event; `parameters` say which (docs/live.md).

        Raises when the server was away for longer than `retry_s`.
        """
        retries, asked = Retries(self._retry_s), as_parameters(parameters)
        while True:
            try:
                with self._http.stream("GET", path_of(f"/live/{feed}"), headers=resuming(last_id), params=asked) as response:
                    if response.is_success:
                        for event in EventSource(response).iter_sse():
                            if tells(event.event):
                                last_id, retries = event.id, Retries(self._retry_s)
                                yield Update(event.id, event.event, event.json())
                        raise httpx.RemoteProtocolError("the feed ended", request=response.request)
                    response.read()
                    outcome: httpx.Response | httpx.TransportError = response
            except httpx.TransportError as error:
                outcome = error
            pause = retries.after(outcome)
            if pause is None:
                checked(outcome)
                return
            time.sleep(pause)

    def _pages(self, method: str, path: str, **more: Any) -> pa.Table:
        response = self._ask(method, path, headers=ARROW, **more)
        found = [rows_of(response)]
        while following := response.links.get("next"):
            response = self._ask(method, following["url"], headers=ARROW, **{k: v for k, v in more.items() if k != "params"})
            found.append(rows_of(response))
        return pa.concat_tables(found, promote_options="permissive")

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        request = self._http.build_request(method, path_of(path), **more)
        retries = Retries(self._retry_s)
        while True:
            try:
                outcome: httpx.Response | httpx.TransportError = self._http.send(request)
            except httpx.TransportError as error:
                outcome = error
            pause = retries.after(outcome)
            if pause is None:
                return checked(outcome)
            time.sleep(pause)
