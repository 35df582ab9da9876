"""HEAD, which every GET understands (RFC 9110, 9.1): the same answer without its body."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HeadAsGet"]

# A stream has no end to wait for.
_STREAMS = "/api/v1/live/"


class HeadAsGet:
    """Middleware: answers HEAD as GET, and leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"].startswith(_STREAMS):
            await self._app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        inner = {**scope, "method": "GET"}
        await self._app(inner, receive, bodiless)
        scope["route"] = inner.get("route")
