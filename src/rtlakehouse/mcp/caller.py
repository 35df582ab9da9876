"""Who calls: over standard input it is who started the program, over HTTP who sent the request."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from rtlakehouse.errors import UnauthenticatedError

__all__ = ["key_of_caller", "noting_the_caller"]

_FORWARDED = ("forwarded", "x-forwarded-for")


@dataclass(frozen=True)
class _Caller:
    """Over HTTP: the key that was sent, and whether who sent it is on this machine."""

    key: str | None
    is_local: bool


# None: over standard input.
_caller: ContextVar[_Caller | None] = ContextVar("caller", default=None)


class noting_the_caller:  # noqa: N801 - it is called as a function: the SDK's middleware is anything that can be
    """Notes of each request whose it is. is_loopback: whether only this machine reaches the server."""

    def __init__(self, *, is_loopback: bool) -> None:
        self._is_loopback = is_loopback

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        headers = cast("Mapping[str, str] | None", getattr(ctx.request, "headers", None))
        token = _caller.set(None if headers is None else self._sender(headers))
        try:
            return await call_next(ctx)
        finally:
            _caller.reset(token)

    def _sender(self, headers: Mapping[str, str]) -> _Caller:
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        key = bearer.strip() if scheme.lower() == "bearer" else headers.get("x-api-key")
        return _Caller(key or None, self._is_loopback and not any(name in headers for name in _FORWARDED))


def key_of_caller() -> str | None:
    """The key to ask with: None is that of RTL_API_KEY, which is never lent over HTTP; there, '' is none.

    Raises UnauthenticatedError where a caller of another machine sends none: to the API all of them would be on this machine.
    """
    caller = _caller.get()
    if caller is None:
        return None
    if caller.key is None and not caller.is_local:
        raise UnauthenticatedError("From another machine a key is needed: send `Authorization: Bearer rtl_…`.")
    return caller.key or ""
