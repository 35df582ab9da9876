"""Who asks, the keys of a tenant: listed, made, revoked; and who did what."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import Annotated

import structlog
from fastapi import APIRouter, Body, Path, Query, Request, Response

from rtlakehouse.api.access import Caller, CallerOf, requires
from rtlakehouse.api.access.credentials import key_in
from rtlakehouse.api.admin.auditing import with_versions
from rtlakehouse.api.admin.schemas import (
    AuditList,
    AuditParameters,
    Key,
    KeyBody,
    KeyList,
    MadeKey,
    NewKey,
    Tenant,
    TenantList,
    Whoami,
)
from rtlakehouse.api.deps import Parts, PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.once import OnceOf
from rtlakehouse.api.paging import before
from rtlakehouse.api.parameters import NoParameters
from rtlakehouse.control import ApiKey, Audit, AuditFilter, Jobs, Keys, Role
from rtlakehouse.control.keys import derived, text_of

__all__ = ["router"]

router = APIRouter(tags=["admin"])

log = structlog.get_logger(__name__)

AdminOf = Annotated[Caller, requires(Role.ADMIN)]

_MOMENTARY = {"Cache-Control": "no-store"}
_FOR_A_TILL = {"a key to post with": {"value": {"role": "ingest", "name": "the till"}}}


@router.get("/whoami", responses=documented(momentary=True), summary="Who am I, and what may I do?")
async def whoami(caller: CallerOf, response: Response, _: Annotated[NoParameters, Query()]) -> Whoami:
    """The tenant and the role of the key that is sent, or of who sends none."""
    response.headers.update(_MOMENTARY)
    return Whoami(tenant_id=caller.tenant_id, role=caller.role, key_id=caller.key_id)


@router.get("/keys", responses=documented(503, momentary=True), summary="The keys of a tenant")
def list_keys(parts: PartsOf, caller: AdminOf, response: Response, _: Annotated[NoParameters, Query()]) -> KeyList:
    """Yours, in the order they were made; those that were revoked too."""
    response.headers.update(_MOMENTARY)
    return KeyList(data=[_said(key) for key in _keys(parts, caller).list(caller.tenant_id)])


@router.post("/keys", status_code=201, responses=documented(400, 503, momentary=True), summary="Make a key")
def create_key(
    request: Request,
    parts: PartsOf,
    caller: AdminOf,
    once: OnceOf,
    response: Response,
    body: Annotated[KeyBody, Body(openapi_examples=_FOR_A_TILL)],
    _: Annotated[NoParameters, Query()],
) -> NewKey:
    """It is of your tenant, and good at once. Its text is shown this once: only who sends the request again with the same key and
    the same `Idempotency-Key` is told it again, for a day.
    """
    response.headers.update(_MOMENTARY)
    own = key_in(request.headers) or ""

    def make() -> MadeKey:
        nonce = secrets.token_hex(32)
        key, _ = _keys(parts, caller).create(caller.tenant_id, body.role, body.name, derived(own, nonce))
        log.warning("a key was made", key=key.id, tenant=key.tenant_id, role=key.role.value, by=caller.key_id)
        return MadeKey(key=_said(key), nonce=nonce)

    made = once.answer(MadeKey, body, make)
    return NewKey(text=text_of(made.key.id, derived(own, made.nonce)), key=made.key)


@router.delete("/keys/{key_id}", responses=documented(404, 503, momentary=True), summary="Revoke a key")
def revoke_key(
    parts: PartsOf, caller: AdminOf, key_id: Annotated[str, Path(examples=["ab12cd34"])], _: Annotated[NoParameters, Query()]
) -> Key:
    """It is good for nothing from now on, and stays listed. Revoking it again changes nothing. Your own key may be it."""
    key = _keys(parts, caller).revoke(key_id, caller.tenant_id)
    parts.keyring.forget()
    log.warning("a key was revoked", key=key.id, tenant=key.tenant_id, by=caller.key_id)
    return _said(key)


@router.get("/tenants", responses=documented(503, momentary=True), summary="The tenants that a key may see")
def list_tenants(parts: PartsOf, caller: AdminOf, response: Response, _: Annotated[NoParameters, Query()]) -> TenantList:
    """Yours alone, with its good keys by role: no key sees another tenant, not even its name."""
    response.headers.update(_MOMENTARY)
    good = Counter(key.role for key in _keys(parts, caller).list(caller.tenant_id) if key.revoked_at is None)
    return TenantList(data=[Tenant(tenant_id=caller.tenant_id, keys={role: good[role] for role in Role})])


@router.get("/audit", responses=documented(400, 503, momentary=True), summary="Who did what, newest first")
def list_audit(
    parts: PartsOf,
    caller: AdminOf,
    response: Response,
    parameters: Annotated[AuditParameters, Query()],
) -> AuditList:
    """What changed keys, the pipeline, jobs, pins, saved queries and quarantine, of your tenant, with the versions of tables that
    came of it. What the engine did to the tables by itself is at `GET /history/timeline`.
    """
    response.headers.update(_MOMENTARY)
    which = AuditFilter(parameters.who, parameters.action, parameters.start, parameters.end)
    audit = Audit(parts.store, parts.clock)
    found = audit.newest(caller.tenant_id, parameters.limit + 1, before(parameters.cursor), which)
    shown = found[: parameters.limit]
    cursor = str(shown[-1].id) if len(found) > len(shown) else None
    return AuditList(data=with_versions(Jobs(parts.store, parts.clock), shown), next_cursor=cursor)


def _keys(parts: Parts, caller: Caller) -> Keys:
    return Keys(parts.store, parts.clock, caller.who)


def _said(key: ApiKey) -> Key:
    return Key.model_validate(key)
