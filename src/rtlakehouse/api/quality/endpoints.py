"""Quality: what is expected of the data, whether that holds, how fresh it is and how late it arrives, and one figure of all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import Parts, PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.parameters import NoParameters, RangeParameters, ReadParameters
from rtlakehouse.api.quality import schemas
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.quality.freshness import freshness
from rtlakehouse.quality.lateness import lateness
from rtlakehouse.quality.results import READ, Span, results
from rtlakehouse.quality.score import Targets, measure, score

__all__ = ["router"]

router = APIRouter(prefix="/quality", tags=["quality"])

_KPIS = "gold.kpis_1m"
_DAY = timedelta(days=1)


@router.get("", response_model=schemas.Quality, responses=documented(400, 404, 410, 503), summary="How good the data is, and why")
def get_quality(request: Request, parts: PartsOf, parameters: Annotated[RangeParameters, Query()]) -> Response:
    """A score from 0 to 100 of the events of a range: 100 x the weighted mean of the shares of its parts, with what each costs.

    A part with nothing to judge by does not count. Freshness is judged at the minute's beginning; of the past, as it was then.
    """
    reading, judged_at = _judged(parts, _reading(parts, parameters), timedelta(minutes=1))

    def make() -> schemas.Quality:
        span = _span(reading, parameters)
        measured = measure(reading.snapshot, span, judged_at, _targets(parts))
        return schemas.quality(span, judged_at, score(measured))

    return parts.answers.answer(request, reading, TABLES, make)


@router.get(
    "/expectations", response_model=schemas.ExpectationList, responses=documented(), summary="What is expected of the data"
)
def list_expectations(request: Request, parts: PartsOf, _: Annotated[NoParameters, Query()]) -> Response:
    """The contract's rules of every record received, and what must hold of the rows of each table and between tables."""
    return parts.answers.fixed(request, schemas.expectation_list())


@router.get(
    "/results", response_model=schemas.ResultList, responses=documented(400, 404, 410, 503), summary="Whether expectations hold"
)
def list_quality_results(request: Request, parts: PartsOf, parameters: Annotated[RangeParameters, Query()]) -> Response:
    """Each expectation over the rows of a range of the tables' own time: rows examined, rows that failed, and where some are.

    The ledger is looked at whole.
    """
    reading = _reading(parts, parameters)

    def make() -> schemas.ResultList:
        span = _span(reading, parameters)
        return schemas.result_list(span, results(reading.snapshot, span))

    return parts.answers.answer(request, reading, {*READ, _KPIS}, make)


@router.get(
    "/freshness",
    response_model=schemas.FreshnessList,
    responses=documented(400, 404, 410, 503),
    summary="How fresh each table is",
)
def list_freshness(request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """How old the newest thing is that each table tells of, against the target `freshness_target_s`; of the past, as it was then.

    Of those tables that `as_of` names, where it names versions.
    """
    reading, judged_at = _judged(parts, _reading(parts, parameters), timedelta(seconds=1))

    def make() -> schemas.FreshnessList:
        found = freshness(reading.snapshot, reading.tenant_id, judged_at, _targets(parts).freshness)
        return schemas.freshness_list(judged_at, found)

    return parts.answers.answer(request, reading, reading.snapshot.versions, make)


@router.get(
    "/lateness", response_model=schemas.LatenessCurve, responses=documented(400, 404, 410, 503), summary="How late events arrive"
)
def get_lateness(request: Request, parts: PartsOf, parameters: Annotated[schemas.DayParameters, Query()]) -> Response:
    """As measured: for each watermark, the share of the events of a range that arrived within it, and would not have been late.

    The quantiles say how long a watermark has to be for a share of the events.
    """
    reading = _reading(parts, parameters)

    def make() -> schemas.LatenessCurve:
        span = _span(reading, parameters, _DAY)
        return schemas.lateness_curve(span, lateness(reading.snapshot, span, _targets(parts).watermark))

    return parts.answers.answer(request, reading, ["silver.events", *([_KPIS] if parameters.is_open else [])], make)


def _reading(parts: Parts, parameters: ReadParameters) -> Reading:
    return parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)


def _judged(parts: Parts, reading: Reading, step: timedelta) -> tuple[Reading, datetime]:
    """When freshness is judged, in whole steps, and the reading with that among what its ETag is made of."""
    at = reading.watermark + _targets(parts).watermark
    if reading.snapshot.is_latest:
        at -= (at - datetime.min.replace(tzinfo=at.tzinfo)) % step
    return replace(reading, parameters=f"{reading.parameters}|{at}"), at


def _span(reading: Reading, parameters: RangeParameters, length: timedelta = timedelta(hours=1)) -> Span:
    newest = reading.snapshot.newest_window(reading.tenant_id) if parameters.is_open else None
    span = Span(reading.tenant_id, *parameters.resolve(newest, length))
    reading.snapshot.require_kept("silver.events", reading.tenant_id, span.start)
    return span


def _targets(parts: Parts) -> Targets:
    settings = parts.settings
    return Targets(timedelta(seconds=settings.watermark_s), timedelta(seconds=settings.freshness_target_s))
