"""The client that awaits each answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
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

__all__ = ["AsyncClient"]


class AsyncClient:
    """A lakehouse at an address, as `Client`, for one event loop; close it, or use it with `async with`."""

    def __init__(
        self, address: str = "http://127.0.0.1:8000", *, key: str | None = None, timeout_s: float = 60, retry_s: float = 60
    ) -> None:
        """As `Client`."""
        self._retry_s = retry_s
        self._http = httpx.AsyncClient(
            base_url=address, timeout=timeout_s, headers=authorization(environment_key() if key is None else key)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def post(self, events: Iterable[Event], *, idempotency_key: str | None = None) -> list[str]:
        """As `Client.post`."""
        found: list[str] = []
        for post in posts_of(events, idempotency_key):
            found += receipts_of(await self._ask("POST", "/events", **post))
        return found

    async def receipt(self, receipt: str, *, wait_ms: int = 0) -> Receipt:
        """As `Client.receipt`."""
        waiting = {"wait": "gold", "timeout_ms": wait_ms} if wait_ms else {}
        return receipt_of(await self._ask("GET", f"/events/receipts/{receipt}", params=waiting))

    async def get(self, path: str, **parameters: Any) -> Answer:
        """As `Client.get`."""
        return answer_of(await self._ask("GET", path, params=as_parameters(parameters)))

    async def ask(self, path: str, body: Mapping[str, Any], **parameters: Any) -> Answer:
        """As `Client.ask`."""
        return answer_of(await self._ask("POST", path, json=dict(body), params=as_parameters(parameters)))

    async def rows(self, path: str, **parameters: Any) -> pa.Table:
        """As `Client.rows`."""
        return await self._pages("GET", path, params=as_parameters(parameters))

    async def query(
        self, sql: str, values: Mapping[str, Any] | Iterable[Any] | None = None, *, as_of: str | None = None
    ) -> pa.Table:
        """As `Client.query`."""
        return await self._pages("POST", "/query", params=asked_of(as_of), json=query_of(sql, values))

    async def act(self, path: str, *, idempotency_key: str | None = None, **body: Any) -> Answer:
        """As `Client.act`."""
        return answer_of(await self._ask("POST", path, **act_of(body, idempotency_key)))

    async def figures(self) -> Figures:
        """As `Client.figures`."""
        return figures_of(await self._ask("GET", METRICS))

    async def live(self, feed: str = "kpis", *, last_id: str | None = None, **parameters: Any) -> AsyncGenerator[Update, None]:
        """As `Client.live`."""
        retries, asked = Retries(self._retry_s), as_parameters(parameters)
        while True:
            try:
                streaming = self._http.stream("GET", path_of(f"/live/{feed}"), headers=resuming(last_id), params=asked)
                async with streaming as response:
                    if response.is_success:
                        async for event in EventSource(response).aiter_sse():
                            if tells(event.event):
                                last_id, retries = event.id, Retries(self._retry_s)
                                yield Update(event.id, event.event, event.json())
                        raise httpx.RemoteProtocolError("the feed ended", request=response.request)
                    await response.aread()
                    outcome: httpx.Response | httpx.TransportError = response
            except httpx.TransportError as error:
                outcome = error
            pause = retries.after(outcome)
            if pause is None:
                checked(outcome)
                return
            await asyncio.sleep(pause)

    async def _pages(self, method: str, path: str, **more: Any) -> pa.Table:
        response = await self._ask(method, path, headers=ARROW, **more)
        found = [rows_of(response)]
        while following := response.links.get("next"):
            response = await self._ask(
                method, following["url"], headers=ARROW, **{k: v for k, v in more.items() if k != "params"}
            )
            found.append(rows_of(response))
        return pa.concat_tables(found, promote_options="permissive")

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        request = self._http.build_request(method, path_of(path), **more)
        retries = Retries(self._retry_s)
        while True:
            try:
                outcome: httpx.Response | httpx.TransportError = await self._http.send(request)
            except httpx.TransportError as error:
                outcome = error
            pause = retries.after(outcome)
            if pause is None:
                return checked(outcome)
            await asyncio.sleep(pause)
