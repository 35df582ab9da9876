"""Live figures as server-sent events."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rtlakehouse.api.access import CallerOf
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.live.feed import Client, Feed
from rtlakehouse.api.parameters import NoParameters

__all__ = ["router"]

router = APIRouter(prefix="/live", tags=["live"])

_LAST_ID = Header(
    alias="Last-Event-ID",
    description="The `id` of the last event that was received: what it told is not sent again.",
    examples=["gold.kpis_1m=41,ops.ledger=44@202611241030"],
)

_EXAMPLE = (
    "event: kpis\nid: gold.kpis_1m=41,ops.ledger=44@202611241030\n"
    'data: {"watermark":"2026-11-24T10:30:12Z","engine_running":true,'
    '"windows":[{"window_start":"2026-11-24T10:30:00Z","events":120}]}\n\n'
)


@router.get(
    "/kpis",
    response_class=Response,
    responses={
        200: {
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
            "description": "One event `kpis` a commit",
        },
        **documented(503, limited=False),
    },
    summary="Key figures as they change (server-sent events)",
)
async def live_kpis(
    parts: PartsOf, caller: CallerOf, _: Annotated[NoParameters, Query()], last_id: Annotated[str | None, _LAST_ID] = None
) -> Response:
    """An event `kpis` within 100 ms of each commit: the minutes of the newest hour with their states and corrections, money,
    products, the ledger, and why records are in quarantine.

    It is the whole present state, and says whether an engine works on it. `Last-Event-ID` resumes: the present state is sent only
    if it is another one. A comment every 10 s (`sse_heartbeat_s`) keeps the line open.
    """
    client = Client(asyncio.get_running_loop(), caller.tenant_id, last_id)
    parts.feed.join(client)
    return EventStream(parts.feed, client, parts.settings.sse_heartbeat_s, parts.settings.sse_send_timeout_s)


class EventStream(Response):
    """Sends a client's messages until it leaves, stops taking them, or the server stops."""

    media_type = "text/event-stream"

    def __init__(self, feed: Feed, client: Client, heartbeat_s: float, send_timeout_s: float) -> None:
        self.status_code = 200
        self.background = None
        self.body = b""
        self._feed = feed
        self._client = client
        self._heartbeat_s = heartbeat_s
        self._send_timeout_s = send_timeout_s
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self.raw_headers = [header for header in self.raw_headers if header[0] != b"content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._feed.leave(self._client)
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await self._write(send, b"retry: 1000\n\n")
        while not self._feed.stopped:
            message = await self._client.next(self._heartbeat_s)
            if message is None:
                await self._write(send, b": still here\n\n")
            else:
                await self._write(send, b"event: kpis\nid: %s\ndata: %s\n\n" % (message.id.encode(), message.data))
        await send({"type": "http.response.body", "body": b""})

    async def _write(self, send: Send, content: bytes) -> None:
        async with asyncio.timeout(self._send_timeout_s):
            await send({"type": "http.response.body", "body": content, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
