"""Windows: the minutes of event time, open or final."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.formats import Body, json_body, rows_of, tabular_body
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import ReadParameters, minute_of
from rtlakehouse.api.windows import queries
from rtlakehouse.api.windows.schemas import WindowDetail, WindowList, WindowParameters
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.errors import NotFoundError

__all__ = ["router"]

router = APIRouter(prefix="/windows", tags=["windows"])


@router.get("", response_model=WindowList, responses=documented(400, 410, 503), summary="Windows of a range, newest first")
def list_windows(request: Request, parts: PartsOf, parameters: Annotated[WindowParameters, Query()]) -> Response:
    """Each minute that has events, with its state. CSV, NDJSON, Arrow or Parquet by `Accept`."""
    page = page_of(parts, request, parameters, ["gold.kpis_1m"])
    newest = page.reading.snapshot.newest_window()
    start, end = parameters.resolve(newest, timedelta(days=1))

    def make() -> Body:
        bound = {
            "tenant": page.reading.tenant_id,
            "start": start,
            "end": end,
            "watermark": page.reading.watermark.astimezone(UTC).replace(tzinfo=None),
            **page.bounds,
        }
        only = Range("window_start", start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
        rows, cursor = page.cut(page.reading.snapshot.query(queries.PAGE, bound, kpis=("gold.kpis_1m", only)))
        return tabular_body(
            page.reading.accept, rows, lambda data: WindowList.model_validate({"data": data, "next_cursor": cursor})
        )

    return parts.answers.answer(request, page.reading, ["gold.kpis_1m"], make, clocked=True)


@router.get(
    "/{start}",
    response_model=WindowDetail,
    responses=documented(404, 410, 422, 503),
    summary="One window, with its money by currency",
)
def get_window(
    start: AwareDatetime, request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]
) -> Response:
    """The minute that `start` lies in."""
    reading = parts.answers.reading(request, parameters, parameters.as_of, parameters.max_staleness_ms)
    minute = minute_of(start)
    bound = {"tenant": reading.tenant_id, "start": minute}
    only = Range("window_start", minute.replace(tzinfo=UTC), minute.replace(tzinfo=UTC))
    watermark = reading.watermark.astimezone(UTC).replace(tzinfo=None)
    found = rows_of(reading.snapshot.query(queries.ONE, {**bound, "watermark": watermark}, kpis=("gold.kpis_1m", only)))
    if not found:
        raise NotFoundError(f"No event happened in the minute {minute.isoformat()}Z.")
    revenue = rows_of(reading.snapshot.query(queries.REVENUE, bound, revenue=("gold.revenue_1m", only)))
    detail = WindowDetail.model_validate({**found[0], "revenue": revenue})
    return parts.answers.answer(request, reading, ["gold.kpis_1m", "gold.revenue_1m"], lambda: json_body(detail), clocked=True)
