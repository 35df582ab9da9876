"""Maintenance: what the engine's upkeep has left to do, and what it lets go of."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.maintenance import service
from rtlakehouse.api.maintenance.retention import retention_of
from rtlakehouse.api.maintenance.schemas import MaintenanceState, RetentionState
from rtlakehouse.api.parameters import NoParameters

__all__ = ["router"]

router = APIRouter(prefix="/maintenance", tags=["maintenance"])


@router.get("", responses=documented(503, momentary=True), summary="How does upkeep get on?")
def get_maintenance(parts: PartsOf, response: Response, _: Annotated[NoParameters, Query()]) -> MaintenanceState:
    """Files, log and checkpoint of each table at this moment, when its upkeep is due, and what that would do.

    The engine does upkeep beside its batches; it vacuums once an hour.
    """
    response.headers["Cache-Control"] = "no-store"
    return service.state_of(parts)


@router.get("/retention", responses=documented(503, momentary=True), summary="For how long is what kept?")
def get_retention(parts: PartsOf, response: Response, parameters: Annotated[NoParameters, Query()]) -> RetentionState:
    """The terms of `retention_days` that hold for your tenant, since when each table keeps, and how much was let go of.

    The engine lets go once a day, within an hour of midnight (UTC); a job of kind `retain` does it at once.
    """
    response.headers["Cache-Control"] = "no-store"
    return retention_of(parts, parts.answers.reading_of(parts.catalog.latest, parameters))
