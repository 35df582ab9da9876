"""What a route needs: `requires(Role.ADMIN)` among its dependencies. Every route under /api/v1 but health needs a reader."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute, compile_path

from rtlakehouse.api.access.caller import Caller
from rtlakehouse.api.access.credentials import HOW, key_in
from rtlakehouse.api.access.hosts import is_loopback
from rtlakehouse.api.access.keyring import Keyring
from rtlakehouse.api.addresses import is_proxy, proxies_of
from rtlakehouse.control import ApiKey, Role
from rtlakehouse.errors import ForbiddenError, StoreError, UnauthenticatedError
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.settings import Settings

__all__ = ["CallerOf", "Needs", "caller_of", "is_welcome", "posted_reads", "requires", "roles_of"]

_ANYBODY = Caller(DEFAULT_TENANT, Role.READER)
_FORWARDED = ("forwarded", "x-forwarded-for")
_MAKE = "`rtl keys create` makes one"


async def caller_of(request: Request) -> Caller:
    """Who sent a request. Raises UnauthenticatedError for a key that is not good, or none where one is needed."""
    text = key_in(request.headers)
    if text is None:
        if not _may_read(request):
            raise UnauthenticatedError(f"This needs a key. {HOW}; {_MAKE}.")
        return _ANYBODY
    keyring: Keyring = request.app.state.parts.keyring
    key = keyring.recent(text) or await run_in_threadpool(keyring.find, text)
    if key is None:
        raise UnauthenticatedError(f"That key is not known, or was revoked. {HOW} with a good key; {_MAKE}.")
    return _holder(key)


async def is_welcome(request: Request) -> bool:
    """Whether who sent a request that is still answered would be let in now: not where the key was revoked meanwhile."""
    try:
        await caller_of(request)
    except UnauthenticatedError:
        return False
    except StoreError:
        # Not known at this moment; the next look may tell.
        return True
    return True


CallerOf = Annotated[Caller, Depends(caller_of)]


@dataclass(frozen=True)
class Needs:
    """The dependency behind `requires`. The description of the interface reads the role off it."""

    role: Role

    async def __call__(self, caller: CallerOf) -> Caller:
        """The caller, where the role covers this one. Raises UnauthenticatedError without a key, ForbiddenError with one."""
        if caller.role.covers(self.role):
            return caller
        create = f"`rtl keys create --role {self.role.value}` makes one"
        if caller.key_id is None:
            raise UnauthenticatedError(f"This needs a key of role {self.role.value}. {HOW}; {create}.")
        raise ForbiddenError(f"This needs a key of role {self.role.value}, and yours is of role {caller.role.value}; {create}.")


def requires(role: Role) -> Any:
    """The dependency that lets only callers of a role in, and gives the Caller.

    In a route's `dependencies=[requires(Role.ADMIN)]`, or, where the route needs the caller, as
    `caller: Annotated[Caller, requires(Role.ADMIN)]`.
    """
    return Depends(Needs(role))


def roles_of(routes: Sequence[BaseRoute]) -> dict[str, Role | None]:
    """The role that each operation needs, by its id; None for one that anybody may ask, with a key or without."""
    found = [route for route in iter_route_contexts(routes) if isinstance(route.original_route, APIRoute)]
    return {route.unique_id: _role(route.dependant) for route in found}


def posted_reads(routes: Sequence[BaseRoute]) -> list[re.Pattern[str]]:
    """The paths at which a POST needs no more than a reader's key: it asks, and changes nothing."""
    found = [route for route in iter_route_contexts(routes) if isinstance(route.original_route, APIRoute)]
    asking = [route for route in found if "POST" in (route.methods or ()) and _role(route.dependant) is Role.READER]
    return [compile_path(route.path)[0] for route in asking if route.path is not None]


def _role(dependant: Dependant) -> Role | None:
    needed = [part.call.role for part in _all(dependant) if isinstance(part.call, Needs)]
    return max(needed, key=list(Role).index, default=None)


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for part in dependant.dependencies:
        yield from _all(part)


def _may_read(request: Request) -> bool:
    """Whether who has no key may read: who sits at this machine, or whom `open_reads` names."""
    settings: Settings = request.app.state.parts.settings
    if settings.open_reads != "local":
        return settings.open_reads == "everyone"
    # What was forwarded came from who knows where, whatever it says of itself.
    direct = not any(name in request.headers for name in _FORWARDED)
    peer = request.client.host if request.client else ""
    return (
        direct and is_loopback(settings.host) and is_loopback(peer) and not is_proxy(peer, proxies_of(settings.trusted_proxies))
    )


def _holder(key: ApiKey) -> Caller:
    return Caller(key.tenant_id, key.role, key.id)
