"""By which names an API may be asked that trusts this machine: a foreign page may bind its own name to 127.0.0.1."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from rtlakehouse.api.errors import problem

__all__ = ["KnownHosts", "is_loopback", "known_hosts"]

_LOCAL = ("localhost", "127.0.0.1", "[::1]")


class KnownHosts:
    """Middleware: refuses requests for a `Host` that is none of these, whatever its port."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = next((value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"host"), None)
        if scope["type"] != "http" or named is None or _without_port(named) in self._hosts:
            await self._app(scope, receive, send)
            return
        detail = f"This API is not called {named!r}. Ask for 127.0.0.1 or localhost, or add the name to `allowed_hosts`."
        await problem(421, detail, scope.get("request_id", ""))(scope, receive, send)


def known_hosts(host: str, allowed: str) -> frozenset[str]:
    """The names of an API on this loopback address: its own, and those that the setting `allowed_hosts` lists."""
    own = f"[{host}]" if ":" in host else host
    return frozenset({*_LOCAL, own.lower(), *(name.strip().lower() for name in allowed.split(",") if name.strip())})


def is_loopback(host: str) -> bool:
    """Whether who is at this address, or is listened to on it, is on this machine."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _without_port(named: str) -> str:
    name, colon, port = named.rpartition(":")
    return (name if colon and port.isdecimal() else named).lower()
