"""Bodies of requests, of whatever route: none may be as large, or take as long, as whoever sends it likes.

The framework reads a body before it looks at the key, so this must not be left to the routes.
"""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rtlakehouse.errors import BodyTooLargeError, SlowBodyError

__all__ = ["BoundedBodies", "too_large"]

# What is posted there are events; anything else is a question or an order, which people write.
_EVENTS = ("/api/v1/events", "/api/v1/events/validate")
_ORDER_BYTES = 1 << 20


class BoundedBodies:
    """Middleware: whoever reads a body gets BodyTooLargeError as soon as it is too large, SlowBodyError at the deadline.

    event_bytes: the largest body of events; that of any other request is 1 MiB.
    """

    def __init__(self, app: ASGIApp, event_bytes: int, timeout_s: float) -> None:
        self._app = app
        self._event_bytes = event_bytes
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            receive = self._bounded(scope, receive)
        await self._app(scope, receive, send)

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        most = self._event_bytes if scope["path"] in _EVENTS else _ORDER_BYTES
        declared = Headers(scope=scope).get("content-length", "")
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        received = int(declared) if declared.isdecimal() and int(declared) > most else 0
        is_whole = False

        async def within() -> Message:
            nonlocal received, is_whole
            if is_whole:
                return await receive()
            if received > most:
                raise too_large(most)
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise SlowBodyError(f"The body did not arrive within {self._timeout_s:g} s; send smaller batches.") from None
            received += len(message.get("body", b""))
            if received > most:
                raise too_large(most)
            is_whole = not message.get("more_body", False)
            return message

        return within


def too_large(most: int) -> BodyTooLargeError:
    """The error for a body of more than so many bytes."""
    return BodyTooLargeError(f"The body is over {most:,} bytes; send smaller batches.")
