"""Whose address a request comes from: the socket's, or what configured proxies say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import Scope

from rtlakehouse.errors import SettingsError

__all__ = ["Networks", "client_address", "is_proxy", "proxies_of"]

Networks = Sequence[IPv4Network | IPv6Network]


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
