"""A trace of each request, as plain ASGI so that streaming stays streaming."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rtlakehouse import tracing
from rtlakehouse.api.router import PREFIX

__all__ = ["Traced"]

# What is asked every few seconds by machines, and streams that last for hours.
_UNTRACED = ("/metrics", "/api/v1/health", "/api/v1/live/")


class Traced:
    """Middleware: a span around each request, within the trace of its `traceparent` where it has one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_UNTRACED):
            await self._app(scope, receive, send)
            return
        method, parent = scope["method"], Headers(scope=scope).get(tracing.HEADER, "")
        with tracing.span(method, {"http.request.method": method}, kind="server", parent=parent) as span:

            async def noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _note(span, scope, message["status"])
                await send(message)

            await self._app(scope, receive, noted)


def _note(span: tracing.Span, scope: Scope, status: int) -> None:
    if path := getattr(scope.get("route"), "path_format", ""):
        # A route knows itself below the prefix with which it was included.
        path = path if path.startswith(PREFIX) or not scope["path"].startswith(PREFIX) else PREFIX + path
        span.name_it(f"{scope['method']} {path}")
        span.note({"http.route": path})
    span.note({"http.response.status_code": status, "rtl.request_id": scope.get("request_id", "")})
    if status >= 500:
        span.fail(f"status {status}")
