"""Server-sent events on one connection: what a source has to tell, until the client leaves, is stuck, or the server stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

__all__ = ["EventStream", "Source"]

log = structlog.get_logger(__name__)

# A key that was revoked may be good for about as long elsewhere, too.
_LOOK_S = 1.0


class Source(Protocol):
    """What a connection is told. Used on its event loop only."""

    @property
    def stopped(self) -> bool:
        """Whether there is nothing more to come."""

    @property
    def greeting(self) -> bytes:
        """Fields that the first block has besides `retry`."""

    @property
    def heartbeat(self) -> bytes:
        """The block that keeps a line open on which nothing happens."""

    async def next(self, timeout_s: float) -> bytes | None:
        """The next blocks; None after `timeout_s` without any, or at the end."""

    def leave(self) -> None:
        """The client has gone."""


class EventStream(Response):
    """Sends a source's blocks."""

    media_type = "text/event-stream"

    def __init__(
        self, source: Source, heartbeat_s: float, send_timeout_s: float, is_welcome: Callable[[], Awaitable[bool]]
    ) -> None:
        """is_welcome: whether the client may still listen; asked once a second."""
        self._is_welcome = is_welcome
        self.status_code = 200
        self.background = None
        self.body = b""
        self._source = source
        self._heartbeat_s = heartbeat_s
        self._send_timeout_s = send_timeout_s
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self.raw_headers = [header for header in self.raw_headers if header[0] != b"content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_left(receive))
        dismissing = asyncio.ensure_future(self._dismissed())
        tasks = (sending, leaving, dismissing)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._source.leave()
            is_dismissed = dismissing.done()
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        # One that takes no byte in time is nothing to tell; nor is one that has gone.
        if is_dismissed:
            with suppress(OSError):
                await self._end(send)
        for fault in ended:
            if isinstance(fault, Exception) and not isinstance(fault, OSError):
                log.error("a live connection ended by a fault", path=scope["path"], exc_info=fault)

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await self._write(send, b"retry: 1000\n%s\n" % self._source.greeting)
        while not self._source.stopped:
            blocks = await self._source.next(self._heartbeat_s)
            await self._write(send, self._source.heartbeat if blocks is None else blocks)
        await self._end(send)

    async def _dismissed(self) -> None:
        while await self._is_welcome():
            await asyncio.sleep(_LOOK_S)

    async def _end(self, send: Send) -> None:
        async with asyncio.timeout(self._send_timeout_s):
            await send({"type": "http.response.body", "body": b""})

    async def _write(self, send: Send, content: bytes) -> None:
        async with asyncio.timeout(self._send_timeout_s):
            await send({"type": "http.response.body", "body": content, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
