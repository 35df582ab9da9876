"""Erasures: a user out of every table and its past, asked for here, done by whichever engine has the lake."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response

from rtlakehouse.api.access import Caller, requires
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.erasures import service
from rtlakehouse.api.erasures.schemas import ErasureAnswer, ErasureBody, ErasureCertificate, ErasureList
from rtlakehouse.api.errors import documented
from rtlakehouse.api.parameters import NoParameters, idempotency_key
from rtlakehouse.control import Role
from rtlakehouse.storage.erasures import Erasures

__all__ = ["router"]

router = APIRouter(prefix="/erasures", tags=["admin"])

_MOMENTARY = {"Cache-Control": "no-store"}
_KEY = idempotency_key(
    "request-4711",
    "A request with the key of an earlier one is answered with that one's job, and queues none.",
)
_BODIES = {
    "what it would change": {"value": {"user_id": "user-1041"}},
    "erase": {"value": {"user_id": "user-1041", "why": "Request 4711.", "dry_run": False}},
}
AdminOf = Annotated[Caller, requires(Role.ADMIN)]


@router.post("", responses=documented(400, 409, 503, momentary=True), summary="Erase a user")
def create_erasure(
    parts: PartsOf,
    caller: AdminOf,
    body: Annotated[ErasureBody, Body(openapi_examples=_BODIES)],
    _: Annotated[NoParameters, Query()],
    key: Annotated[str | None, _KEY] = None,
) -> ErasureAnswer:
    """What was received of the user, and all that was made of it, goes from every table, earlier version and snapshot. Earlier
    versions answer 410 from then on. A dry run (the default) says what would change; the engine does it, as a job. It cannot be
    undone.
    """
    return service.tried(parts, caller, body) if body.dry_run else service.asked(parts, caller, body, key)


@router.get("", responses=documented(503, momentary=True), summary="Certificates of erasures, newest first")
def list_erasures(parts: PartsOf, caller: AdminOf, response: Response, _: Annotated[NoParameters, Query()]) -> ErasureList:
    """Of users of your tenant, each known by a keyed hash alone; from when its tables begin to change."""
    response.headers.update(_MOMENTARY)
    return ErasureList(data=[service.told(found) for found in Erasures(parts.lake).list(caller.tenant_id)])


@router.get("/{erasure_id}", responses=documented(404, 503, momentary=True), summary="The certificate of an erasure")
def get_erasure(
    erasure_id: Annotated[str, Path(examples=["5e1f0c9a77b2"])],
    parts: PartsOf,
    caller: AdminOf,
    response: Response,
    _: Annotated[NoParameters, Query()],
) -> ErasureCertificate:
    """Which files were written anew, with hashes before and after, which versions are gone, and what a last look found."""
    response.headers.update(_MOMENTARY)
    return service.told(Erasures(parts.lake).get(erasure_id, caller.tenant_id))
