"""Figures that are unlike those before them, and what was to be expected."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from rtlakehouse.api.anomalies.causes import causes, tables_of_causes
from rtlakehouse.api.anomalies.schemas import (
    Anomalies,
    AnomalyParameters,
    CauseParameters,
    Causes,
    ExpectedParameters,
    ExpectedSeries,
    Watched,
)
from rtlakehouse.api.anomalies.service import Span, anomalies, expected, tables_of
from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.parameters import RangeParameters
from rtlakehouse.errors import UsageError

__all__ = ["router"]

router = APIRouter(prefix="/anomalies", tags=["anomalies"])

_KPIS = "gold.kpis_1m"
_ERRORS = documented(400, 404, 410, 503)


@router.get("", response_model=Anomalies, responses=_ERRORS, summary="What is unlike the days before it")
def list_anomalies(request: Request, parts: PartsOf, parameters: Annotated[AnomalyParameters, Query()]) -> Response:
    """The minutes from which on a figure lies outside of what the days before let expect, with the reason; at most one an hour of
    each series. Only final minutes are judged. Late events correct a minute, which is then judged again."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    if parameters.currency and parameters.metric and not parameters.metric.is_by_currency:
        raise UsageError(f"{parameters.metric} is not by currency; leave out `currency`.")

    def make() -> Anomalies:
        span = _span(reading, parameters)
        count, found = anomalies(reading, span, parameters.metric, parameters.currency)
        return Anomalies(**_ends(span), series=count, data=found)

    tables = sorted({*tables_of(parameters.metric), *([_KPIS] if parameters.is_open else [])})
    return parts.answers.answer(request, reading, tables, make, clocked=True)


@router.get("/expected", response_model=ExpectedSeries, responses=_ERRORS, summary="A figure with the range it was expected in")
def get_expected(request: Request, parts: PartsOf, parameters: Annotated[ExpectedParameters, Query()]) -> Response:
    """Every final minute of one series, for a chart. Orders and money need a `currency`."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    _check_currency(parameters.metric, parameters.currency)

    def make() -> ExpectedSeries:
        span = _span(reading, parameters)
        found = expected(reading, span, parameters.metric, parameters.currency)
        return ExpectedSeries(metric=parameters.metric, currency=parameters.currency, **_ends(span), data=found)

    tables = sorted({*tables_of(parameters.metric), *([_KPIS] if parameters.is_open else [])})
    return parts.answers.answer(request, reading, tables, make, clocked=True)


@router.get("/causes", response_model=Causes, responses=_ERRORS, summary="What moved where a figure is odd")
def get_causes(request: Request, parts: PartsOf, parameters: Annotated[CauseParameters, Query()]) -> Response:
    """The countries, devices, campaigns, referrers and products whose part of a figure differs most from the same minutes of up
    to four days before. It says what moved, not why."""
    _check_currency(parameters.metric, parameters.currency)
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    return parts.answers.answer(request, reading, tables_of_causes(parameters), lambda: causes(reading, parameters), clocked=True)


def _check_currency(metric: Watched, currency: str | None) -> None:
    if metric.is_by_currency != (currency is not None):
        fix = "name a `currency`" if metric.is_by_currency else "leave out `currency`"
        raise UsageError(f"{metric} is {'' if metric.is_by_currency else 'not '}by currency; {fix}.")


def _span(reading: Reading, parameters: RangeParameters) -> Span:
    newest = reading.snapshot.newest_window(reading.tenant_id) if parameters.is_open else None
    return Span.of(reading, *parameters.resolve(newest))


def _ends(span: Span) -> dict[str, str]:
    return {
        "start": f"{span.start.isoformat()}Z",
        "end": f"{max(span.start, span.final).isoformat()}Z",
        "learned_from": f"{span.learned_from.isoformat()}Z",
    }
