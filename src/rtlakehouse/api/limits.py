"""Limits on the rate of reads, request ids and counts, as plain ASGI so that streaming stays streaming."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from time import perf_counter

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from rtlakehouse.api.errors import problem
from rtlakehouse.errors import SettingsError

__all__ = ["RequestLimits", "client_address", "is_proxy", "proxies_of"]

REQUESTS = Counter("rtl_http_requests_total", "HTTP requests.", ["method", "route", "status"])
SECONDS = Histogram(
    "rtl_http_request_seconds", "Time to answer.", ["route"], buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
)
# What must answer even to an address that is over its limit, or has a limit of its own.
_UNLIMITED = ("/api/v1/health", "/metrics", "/api/v1/live/", "/api/v1/version")
# Others are counted together: a client may send any word as a method.
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

Networks = Sequence[IPv4Network | IPv6Network]


class RequestLimits:
    """Middleware: gives each request an id, counts it, and refuses reads over `reads_per_minute` an address."""

    def __init__(self, app: ASGIApp, reads_per_minute: int, *, enabled: bool, proxies: Networks) -> None:
        self._app = app
        self._limit = RateLimitItemPerMinute(reads_per_minute)
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
            refusal, headers = self._count(scope) if self._limited(scope) else ("", {})
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

    def _count(self, scope: Scope) -> tuple[str, dict[str, str]]:
        """Why this read is one too many, or nothing; and the headers that say how many are left."""
        client = client_address(scope, self._proxies)
        allowed = self._limiter.hit(self._limit, client)
        reset, remaining = self._limiter.get_window_stats(self._limit, client)
        # The limiter lives by the system's clock.
        wait = max(1, round(reset - time.time()))
        refusal = f"More than {self._limit.amount} reads a minute from {client}; wait {wait} s, or raise `reads_per_minute`."
        headers = {
            "ratelimit-limit": str(self._limit.amount),
            "ratelimit-remaining": str(remaining),
            "ratelimit-reset": str(wait),
        }
        return "" if allowed else refusal, headers

    def _limited(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return (
            self._enabled and scope["method"] in ("GET", "HEAD") and path.startswith("/api/") and not path.startswith(_UNLIMITED)
        )


@cache
def proxies_of(setting: str) -> Networks:
    """The networks that the setting `trusted_proxies` lists. Raises SettingsError for what is none."""
    try:
        return [ip_network(part.strip()) for part in setting.split(",") if part.strip()]
    except ValueError as error:
        raise SettingsError(f"Setting trusted_proxies = {setting!r}: {error}.") from error


def is_proxy(address: str, proxies: Networks) -> bool:
    """Whether an address is that of a configured proxy."""
    parsed = _parse(address)
    return parsed is not None and _is_within(parsed, proxies)


def client_address(scope: Scope, proxies: Networks) -> str:
    """The address of the client: the socket's, or, behind configured proxies, the last forwarded one that is no proxy.

    Only what a proxy itself has added can be believed: the list is walked from the right, and ends where it makes no sense.
    """
    peer: str = (scope.get("client") or ("unknown",))[0]
    client = _parse(peer)
    if client is None or not _is_within(client, proxies):
        return peer
    forwarded = ",".join(v.decode("latin-1") for k, v in scope["headers"] if k == b"x-forwarded-for")
    for part in reversed(forwarded.split(",")):
        address = _parse(part.strip())
        if address is None:
            break
        client = address
        if not _is_within(client, proxies):
            break
    return str(client)


def _is_within(address: IPv4Address | IPv6Address, networks: Networks) -> bool:
    return any(address in network for network in networks)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
