"""Quarantine: the records that break the contract, whole, with every reason."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.formats import Tabular, rows_of
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import ReadParameters
from rtlakehouse.api.quarantine import queries, service
from rtlakehouse.api.quarantine.schemas import (
    QuarantinedRecord,
    QuarantineList,
    QuarantineParameters,
    QuarantineSummary,
    SummaryParameters,
)
from rtlakehouse.api.quarantine.service import REPAIRS, TABLE, TABLES
from rtlakehouse.catalog.snapshot import Range

__all__ = ["router"]

router = APIRouter(prefix="/quarantine", tags=["quarantine"])

# Characters of a record that a list shows: a page of a thousand stays small, whatever was received.
_PREVIEW = 1_000


@router.get(
    "",
    response_model=QuarantineList,
    responses=documented(400, 404, 406, 410, 503),
    summary="Records in quarantine, newest first",
)
def list_quarantine(request: Request, parts: PartsOf, parameters: Annotated[QuarantineParameters, Query()]) -> Response:
    """With what was received, its coordinates and every reason; of a reason, a source or a time of receipt where one is given."""
    page = page_of(parts, request, parameters, TABLES)

    def make() -> Tabular:
        bound = {
            "tenant": page.reading.tenant_id,
            "preview": _PREVIEW,
            **parameters.model_dump(include={"reason", "source", "topic", "repaired"}),
            "start": _naive(parameters.start),
            "end": _naive(parameters.end),
            **page.bounds,
        }
        only = service.received(parameters.start, parameters.end)
        return page.tabular(page.reading.snapshot.query(queries.PAGE, bound, quarantine=(TABLE, only), bronze=REPAIRS), _listed)

    return parts.answers.answer(request, page.reading, TABLES, make, tabular=True)


@router.get(
    "/summary",
    response_model=QuarantineSummary,
    responses=documented(400, 404, 410, 503),
    summary="Quarantine by reason and over time",
)
def quarantine_summary(request: Request, parts: PartsOf, parameters: Annotated[SummaryParameters, Query()]) -> Response:
    """Of a range of the time of receipt, by default the day up to the record received last."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    return parts.answers.answer(request, reading, TABLES, lambda: service.summary(reading, parameters))


@router.get(
    "/{record_id}",
    response_model=QuarantinedRecord,
    responses=documented(400, 404, 410, 503),
    summary="One record in quarantine, whole",
)
def get_quarantined(
    record_id: Annotated[str, Path(examples=["http-0-1207-events"])],
    request: Request,
    parts: PartsOf,
    parameters: Annotated[ReadParameters, Query()],
) -> Response:
    """What was received, and for each reason the rule of the contract that it breaks."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    place = service.place_of(record_id)

    def make() -> QuarantinedRecord:
        only = Range("position", place.position, place.position)
        bound = {"tenant": reading.tenant_id, **asdict(place)}
        found = rows_of(reading.snapshot.query(queries.RECORD, bound, quarantine=(TABLE, only), bronze=REPAIRS))
        if not found:
            raise service.unknown(record_id)
        rules = service.rules_of(found[0]["reasons"])
        return QuarantinedRecord.model_validate({"id": record_id, **found[0], "rules": [rule.model_dump() for rule in rules]})

    return parts.answers.answer(request, reading, TABLES, make)


def _naive(instant: datetime | None) -> datetime | None:
    return instant.astimezone(UTC).replace(tzinfo=None) if instant else None


def _listed(data: list[dict[str, Any]], next_cursor: str | None) -> QuarantineList:
    return QuarantineList.model_validate({"data": data, "next_cursor": next_cursor})
