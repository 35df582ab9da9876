"""Limits on requests, as plain ASGI so that streaming stays streaming: rates, body size, receive deadline, request ids."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Sequence
from time import perf_counter

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rtlakehouse.api.errors import problem
from rtlakehouse.clock import Clock

__all__ = ["RequestLimits", "client_address"]

REQUESTS = Counter("rtl_http_requests_total", "HTTP requests.", ["method", "route", "status"])
SECONDS = Histogram(
    "rtl_http_request_seconds", "Time to answer.", ["route"], buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
)
# What must answer even to an address that is over its limit, or has a limit of its own.
_UNLIMITED = ("/api/v1/health", "/metrics", "/api/v1/live/", "/api/v1/version")


class RequestLimits:
    """Middleware: gives each request an id, counts it, and refuses reads over `reads_per_minute` an address."""

    def __init__(self, app: ASGIApp, clock: Clock, reads_per_minute: int, *, enabled: bool, proxies: Sequence[str]) -> None:
        self._app = app
        self._clock = clock
        self._limit = RateLimitItemPerMinute(reads_per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._enabled = enabled
        self._proxies = frozenset(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = request_id = uuid.uuid4().hex
        started = perf_counter()
        status = 500
        extra = [(b"x-request-id", request_id.encode())]

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        try:
            if self._limited(scope):
                key = client_address(scope, self._proxies)
                allowed = self._limiter.hit(self._limit, key)
                reset, remaining = self._limiter.get_window_stats(self._limit, key)
                wait = max(1, round(reset - self._clock.now().timestamp()))
                extra += [
                    (b"ratelimit-limit", str(self._limit.amount).encode()),
                    (b"ratelimit-remaining", str(remaining).encode()),
                    (b"ratelimit-reset", str(wait).encode()),
                ]
                if not allowed:
                    detail = (
                        f"More than {self._limit.amount} reads a minute from {key}; wait {wait} s, or raise `reads_per_minute`."
                    )
                    await problem(429, detail, request_id, {"Retry-After": str(wait)})(scope, receive, counted)
                    return
            await self._app(scope, receive, counted)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            REQUESTS.labels(scope["method"], route, str(status)).inc()
            SECONDS.labels(route).observe(perf_counter() - started)

    def _limited(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return (
            self._enabled and scope["method"] in ("GET", "HEAD") and path.startswith("/api/") and not path.startswith(_UNLIMITED)
        )


def client_address(scope: Scope, proxies: frozenset[str]) -> str:
    """The address of the client: the socket's, or, behind configured proxies, the last forwarded one that is no proxy."""
    peer: str = (scope.get("client") or ("unknown",))[0]
    if peer not in proxies:
        return peer
    forwarded = ",".join(v.decode("latin-1") for k, v in scope["headers"] if k == b"x-forwarded-for")
    for address in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not _is_address(address):
            return peer
        if address not in proxies:
            return address
    return peer


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
