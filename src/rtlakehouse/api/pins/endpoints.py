"""Pins: keep versions of tables from vacuum, for as long as they are wanted."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Body, Path, Query, Response

from rtlakehouse.api.access import Caller, CallerOf, requires
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.parameters import NoParameters, idempotency_key
from rtlakehouse.api.pins import service
from rtlakehouse.api.pins.schemas import PinBody, PinList, PinnedVersions
from rtlakehouse.control import Role

__all__ = ["router"]

router = APIRouter(prefix="/pins", tags=["history"])

log = structlog.get_logger(__name__)

AdminOf = Annotated[Caller, requires(Role.ADMIN)]

_KEY = idempotency_key(
    "november-report",
    "A pin made with this key before is the answer, and no other is made.",
)
_MOMENTARY = {"Cache-Control": "no-store"}
_ALL_AS_IT_IS = PinBody.model_validate({})
_BODIES = {
    "as it is now": {"value": {"note": "As reported for November."}},
    "as an answer was": {"value": {"versions": "gold.kpis_1m=41,gold.revenue_1m=41", "expires_at": "2027-11-24T00:00:00Z"}},
}


@router.get("", responses=documented(503, momentary=True), summary="Pins, oldest first")
def list_pins(parts: PartsOf, caller: CallerOf, response: Response, _: Annotated[NoParameters, Query()]) -> PinList:
    """The versions that vacuum leaves alone, with why and until when."""
    response.headers.update(_MOMENTARY)
    return PinList(data=[service.told(found) for found in service.pins_of(parts, caller).list(caller.tenant_id)])


@router.post("", status_code=201, responses=documented(400, 404, 410, 503, momentary=True), summary="Keep versions from vacuum")
def create_pin(
    parts: PartsOf,
    caller: AdminOf,
    _: Annotated[NoParameters, Query()],
    body: Annotated[PinBody, Body(openapi_examples=_BODIES)] = _ALL_AS_IT_IS,
    key: Annotated[str | None, _KEY] = None,
) -> PinnedVersions:
    """All tables as they are now, or the versions that an answer named: they can be read until the pin expires or is removed.

    Their files stay on disk as long; those of the versions around them do not.
    """
    found = service.pin(parts, body, caller, key)
    log.info("versions are pinned", pin=found.id, by=caller.tenant_id, note=found.note)
    return service.told(found)


@router.delete("/{pin_id}", responses=documented(404, 503, momentary=True), summary="Remove a pin")
def delete_pin(
    parts: PartsOf, caller: AdminOf, pin_id: Annotated[str, Path(examples=["5e1f0c9a77b2"])], _: Annotated[NoParameters, Query()]
) -> PinnedVersions:
    """What it kept goes with the next vacuum, unless it is still young enough or somebody reads it. Answers with the pin."""
    found = service.pins_of(parts, caller).remove(pin_id, caller.tenant_id)
    log.info("a pin is removed", pin=found.id, by=caller.tenant_id, note=found.note)
    return service.told(found)
