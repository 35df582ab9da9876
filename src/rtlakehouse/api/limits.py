"""Limits on the rate of reads, request ids and counts, as plain ASGI so that streaming stays streaming."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Sequence
from time import perf_counter

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from prometheus_client import Counter, Histogram
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from rtlakehouse.api.access import Keyring
from rtlakehouse.api.access.credentials import key_in
from rtlakehouse.api.addresses import Networks, client_address
from rtlakehouse.api.errors import problem
from rtlakehouse.api.turns import READER
from rtlakehouse.control import ApiKey, Role
from rtlakehouse.errors import StoreError, UnauthenticatedError

__all__ = ["RequestLimits", "is_limited"]

REQUESTS = Counter("rtl_http_requests_total", "HTTP requests.", ["method", "route", "status"])
SECONDS = Histogram(
    "rtl_http_request_seconds", "Time to answer.", ["route"], buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
)
# What must answer even to an address that is over its limit, or has a limit of its own.
_UNLIMITED = ("/api/v1/health", "/metrics", "/api/v1/live/", "/api/v1/version")
# Others are counted together: a client may send any word as a method.
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class RequestLimits:
    """Middleware: gives each request an id, counts it, and refuses reads over `key_reads_per_minute` a good key, or over
    `reads_per_minute` an address for all others. posted_reads: the paths of reads that are sent as a POST."""

    def __init__(
        self,
        app: ASGIApp,
        reads_per_minute: int,
        key_reads_per_minute: int,
        posted_reads: Sequence[re.Pattern[str]],
        *,
        enabled: bool,
        proxies: Networks,
    ) -> None:
        self._app = app
        self._posted_reads = posted_reads
        self._of_address = RateLimitItemPerMinute(reads_per_minute)
        self._of_key = RateLimitItemPerMinute(key_reads_per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._enabled = enabled
        self._proxies = proxies

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

        # Every line that is logged on the way has it, also in the threads that endpoints run in.
        noted = bind_contextvars(request_id=request_id)
        try:
            refusal, headers = await self._count(scope) if self._is_read(scope) else ("", {})
            extra += [(name.encode(), value.encode()) for name, value in headers.items()]
            if refusal:
                answer = problem(429, refusal, request_id, {"Retry-After": headers["ratelimit-reset"]})
                await answer(scope, receive, counted)
                return
            await self._app(scope, receive, counted)
        finally:
            reset_contextvars(**noted)
            route = getattr(scope.get("route"), "name", "unmatched")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            REQUESTS.labels(method, route, str(status)).inc()
            SECONDS.labels(route).observe(perf_counter() - started)

    async def _count(self, scope: Scope) -> tuple[str, dict[str, str]]:
        """Why this read is one too many, or nothing; and the headers that say how many are left. The scope gets whose it is."""
        key = await _key_of(scope)
        if key is None:
            limit, whose, setting = self._of_address, client_address(scope, self._proxies), "reads_per_minute"
        else:
            limit, whose, setting = self._of_key, f"key {key.id}", "key_reads_per_minute"
        scope[READER] = whose
        if not self._enabled:
            return "", {}
        allowed = self._limiter.hit(limit, whose)
        reset, remaining = self._limiter.get_window_stats(limit, whose)
        # The limiter lives by the system's clock.
        wait = max(1, round(reset - time.time()))
        refusal = f"More than {limit.amount} reads a minute from {whose}; wait {wait} s, or raise `{setting}`."
        headers = {
            "ratelimit-limit": str(limit.amount),
            "ratelimit-remaining": str(remaining),
            "ratelimit-reset": str(wait),
        }
        return "" if allowed else refusal, headers

    def _is_read(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if scope["method"] == "POST":
            return any(read.match(path) for read in self._posted_reads)
        return is_limited(scope["method"], path, Role.READER)


def is_limited(method: str, path: str, needed: Role | None) -> bool:
    """Whether a request counts as a read; a POST does where it needs no more than a reader's key."""
    reads = method in ("GET", "HEAD") or (method == "POST" and needed is Role.READER)
    return reads and path.startswith("/api/") and not path.startswith(_UNLIMITED)


async def _key_of(scope: Scope) -> ApiKey | None:
    """The good key that a request carries. One that is none counts for its address, so that nobody tries many."""
    keyring: Keyring = scope["app"].state.parts.keyring
    try:
        text = key_in(Headers(scope=scope))
        return None if text is None else keyring.recent(text) or await run_in_threadpool(keyring.find, text)
    except (UnauthenticatedError, StoreError):
        # The route says so in its own words.
        return None
