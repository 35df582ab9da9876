"""The catalogue of metrics, and questions of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.metrics_catalog.schemas import MetricEntry, MetricsCatalog, entry, whole
from rtlakehouse.api.parameters import NoParameters
from rtlakehouse.semantic.catalogue import load

__all__ = ["router"]

router = APIRouter(prefix="/metrics-catalog", tags=["metrics-catalog"])

Name = Annotated[str, Path(description="Name of the metric.", examples=["conversion_rate"])]


@router.get("", response_model=MetricsCatalog, responses=documented(), summary="Every metric and what it means")
def get_metrics_catalog(request: Request, parts: PartsOf, _: Annotated[NoParameters, Query()]) -> Response:
    """What each business figure is called, means and is computed from, its unit, and what it may be told apart by."""
    return parts.answers.fixed(request, whole(load()))


@router.get("/{name}", response_model=MetricEntry, responses=documented(404), summary="One metric")
def get_metric(name: Name, request: Request, parts: PartsOf, _: Annotated[NoParameters, Query()]) -> Response:
    """A name that there is not is answered with the one that was probably meant, also by its synonyms."""
    return parts.answers.fixed(request, entry(load().metric(name)))
