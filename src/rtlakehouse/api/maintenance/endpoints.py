"""Maintenance: what the engine's upkeep has left to do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.maintenance import service
from rtlakehouse.api.maintenance.schemas import MaintenanceState
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
