"""What learns, and from what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from rtlakehouse.anomalies.watched import KPIS, REVENUE
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.ml.schemas import DetectorList, Features
from rtlakehouse.api.ml.service import detectors, features
from rtlakehouse.api.parameters import NoParameters, ReadParameters

__all__ = ["router"]

router = APIRouter(prefix="/ml", tags=["ml"])


@router.get("/detectors", response_model=DetectorList, responses=documented(), summary="What anomalies can be judged by")
def list_detectors(request: Request, parts: PartsOf, _: Annotated[NoParameters, Query()]) -> Response:
    """Every detector with its configuration, which is one for all series. Installed packages may offer more, as entry points of
    the group `rtlakehouse.detectors`; one that cannot be used says why."""
    return parts.answers.control(request, detectors())


@router.get("/features", response_model=Features, responses=documented(400, 404, 410, 503), summary="What is learned from what")
def get_features(request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """The series that anomalies are judged by, as they are known at the versions that the answer names, and for every metric and
    step what a forecast is learned from."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    return parts.answers.answer(request, reading, [KPIS, REVENUE], lambda: features(reading), clocked=True)
