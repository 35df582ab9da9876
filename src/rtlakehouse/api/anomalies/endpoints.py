"""Figures that are unlike those before them, and what was to be expected."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from rtlakehouse.anomalies.identity import Identity
from rtlakehouse.anomalies.series import Span
from rtlakehouse.anomalies.watched import KPIS, Wanted
from rtlakehouse.api.anomalies.causes import Compared, causes, tables_of_causes
from rtlakehouse.api.anomalies.schemas import (
    Anomalies,
    AnomalyDetail,
    AnomalyParameters,
    CauseParameters,
    Causes,
    ExpectedParameters,
    ExpectedSeries,
)
from rtlakehouse.api.anomalies.service import anomalies, anomaly, expected
from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.parameters import RangeParameters, ReadParameters, minute_of
from rtlakehouse.ml import detector

__all__ = ["router"]

router = APIRouter(prefix="/anomalies", tags=["anomalies"])

_ERRORS = documented(400, 404, 410, 503)
_ID = "WyJzZWFzb25hbF9iYXNlbGluZSIsImV2ZW50cyIsbnVsbCxudWxsLG51bGwsIjIwMjYtMTEtMjRUMTA6MzA6MDAiXQ"

AnomalyId = Annotated[str, Path(max_length=2_000, description="An `id` of `GET /anomalies`.", examples=[_ID])]


@router.get("", response_model=Anomalies, responses=_ERRORS, summary="What is unlike the days before it")
def list_anomalies(request: Request, parts: PartsOf, parameters: Annotated[AnomalyParameters, Query()]) -> Response:
    """The minutes from which on a figure lies outside of what the days before let expect, with the reason; at most one an hour of
    each series. Only final minutes are judged. Late events correct a minute, which is then judged again. By `dimension` each
    segment is judged by itself."""
    wanted = parameters.wanted()
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)

    def make() -> Anomalies:
        span = _span(reading, parameters)
        count, found = anomalies(reading, span, wanted)
        return Anomalies(**_ends(span), series=count, data=found)

    return parts.answers.answer(request, reading, _tables(wanted, parameters), make, clocked=True)


@router.get("/expected", response_model=ExpectedSeries, responses=_ERRORS, summary="A figure with the range it was expected in")
def get_expected(request: Request, parts: PartsOf, parameters: Annotated[ExpectedParameters, Query()]) -> Response:
    """Every final minute of one series, for a chart. Orders and money need a `currency`."""
    wanted = parameters.wanted()
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)

    def make() -> ExpectedSeries:
        span = _span(reading, parameters)
        own = {name: getattr(parameters, name) for name in ("metric", "currency", "dimension", "segment")}
        return ExpectedSeries(**own, **_ends(span), data=expected(reading, span, wanted))

    return parts.answers.answer(request, reading, _tables(wanted, parameters), make, clocked=True)


@router.get("/causes", response_model=Causes, responses=_ERRORS, summary="What moved where a figure is odd")
def get_causes(request: Request, parts: PartsOf, parameters: Annotated[CauseParameters, Query()]) -> Response:
    """The countries, devices, campaigns, referrers and products whose part of a figure differs most from the same minutes of up
    to four days before. It says what moved, not why."""
    subject = parameters.subject
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)

    def make() -> Causes:
        compared = Compared.up_to(reading, minute_of(parameters.at), parameters.minutes)
        return causes(reading, subject, compared, parameters.limit)

    return parts.answers.answer(request, reading, tables_of_causes(subject), make, clocked=True)


@router.get("/{anomaly_id}", response_model=AnomalyDetail, responses=_ERRORS, summary="One anomaly, with what was around it")
def get_anomaly(
    anomaly_id: AnomalyId, request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]
) -> Response:
    """A minute that was told, as it is judged now: the reason, what was expected in the half hour before and after, what moved,
    and the versions of the tables this is computed from. After a correction it may be no anomaly any more, and says so; with
    `as_of` it is judged as it was then."""
    identity = Identity.read(anomaly_id)
    judge = detector(identity.detector)
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    tables = sorted({identity.subject.table, *tables_of_causes(identity.subject)})

    def make() -> AnomalyDetail:
        return anomaly(reading, identity, judge, {name: reading.snapshot.versions[name] for name in tables})

    return parts.answers.answer(request, reading, tables, make, clocked=True)


def _tables(wanted: Wanted, parameters: RangeParameters) -> list[str]:
    """All that is read: which window is the newest is read off the kpis."""
    return sorted({*wanted.tables, *([KPIS] if parameters.is_open else [])})


def _span(reading: Reading, parameters: RangeParameters) -> Span:
    newest = reading.snapshot.newest_window(reading.tenant_id) if parameters.is_open else None
    return Span.of(reading, *parameters.resolve(newest))


def _ends(span: Span) -> dict[str, str]:
    return {
        "start": f"{span.start.isoformat()}Z",
        "end": f"{max(span.start, span.final).isoformat()}Z",
        "learned_from": f"{span.learned_from.isoformat()}Z",
    }
