"""Live figures as server-sent events."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.live.feed import Client, Feed

__all__ = ["router"]

router = APIRouter(prefix="/live", tags=["live"])

_HEARTBEAT_S = 10.0
# A client that takes no byte for this long is gone; its connection is closed, also when the byte is a heartbeat's.
_SEND_TIMEOUT_S = 15.0


@router.get(
    "/kpis",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}, "description": "One event `kpis` a commit"}, **documented(503)},
    summary="Key figures as they change (server-sent events)",
)
async def live_kpis(request: Request, parts: PartsOf) -> Response:
    """An event `kpis` within 100 ms of each commit: the newest minutes with their states, money, products and the ledger.

    `Last-Event-ID` resumes: the present state is sent only if it is another one. A comment every 10 s keeps the line open.
    """
    client = Client(asyncio.get_running_loop())
    parts.feed.join(client, request.headers.get("last-event-id"))
    return EventStream(parts.feed, client)


class EventStream(Response):
    """Sends a client's messages until it leaves, stops taking them, or the server stops."""

    media_type = "text/event-stream"

    def __init__(self, feed: Feed, client: Client) -> None:
        self.status_code = 200
        self.background = None
        self.body = b""
        self._feed = feed
        self._client = client
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
            message = await self._client.next(_HEARTBEAT_S)
            if message is None:
                await self._write(send, b": still here\n\n")
            else:
                await self._write(send, b"event: kpis\nid: %s\ndata: %s\n\n" % (message.id.encode(), message.data))

    @staticmethod
    async def _write(send: Send, content: bytes) -> None:
        async with asyncio.timeout(_SEND_TIMEOUT_S):
            await send({"type": "http.response.body", "body": content, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
