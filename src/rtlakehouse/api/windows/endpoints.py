"""Windows: the minutes of event time, open or final."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.formats import Tabular, rows_of
from rtlakehouse.api.history.service import of_this_moment
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import Instant, Paged, ReadParameters, minute_of
from rtlakehouse.api.windows import queries
from rtlakehouse.api.windows.schemas import Explanation, RevisionList, WindowDetail, WindowList, WindowParameters
from rtlakehouse.api.windows.service import EXPLAINED, REVISED, contributions, formulas, revisions
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.errors import NotFoundError

__all__ = ["router"]

router = APIRouter(prefix="/windows", tags=["windows"])

Start = Annotated[Instant, Path(examples=["2026-11-24T10:30:00Z"])]
_KPIS = "gold.kpis_1m"


@router.get("", response_model=WindowList, responses=documented(400, 404, 406, 410, 503), summary="Windows, newest first")
def list_windows(request: Request, parts: PartsOf, parameters: Annotated[WindowParameters, Query()]) -> Response:
    """Each minute of a range (default: the day up to the newest) that has events, with its state."""
    page = page_of(parts, request, parameters, [_KPIS], clocked=True)

    def make() -> Tabular:
        newest = page.reading.snapshot.newest_window(page.reading.tenant_id) if parameters.is_open else None
        start, end = parameters.resolve(newest, timedelta(days=1))
        page.reading.snapshot.require_kept(_KPIS, page.reading.tenant_id, start)
        only = Range("window_start", start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
        bound = {"tenant": page.reading.tenant_id, "start": start, "end": end, **_watermark(page.reading), **page.bounds}
        return page.tabular(page.reading.snapshot.query(queries.PAGE, bound, kpis=(_KPIS, only)), _list)

    return parts.answers.answer(request, page.reading, [_KPIS], make, clocked=True, tabular=True)


@router.get(
    "/{start}",
    response_model=WindowDetail,
    responses=documented(400, 404, 410, 503),
    summary="One window, with its money by currency",
)
def get_window(
    start: Start,
    request: Request,
    parts: PartsOf,
    parameters: Annotated[ReadParameters, Query()],
) -> Response:
    """The minute that `start` lies in."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    minute = minute_of(start)

    def make() -> WindowDetail:
        window = _one(reading, minute)
        bound = {"tenant": reading.tenant_id, "start": minute}
        revenue = rows_of(reading.snapshot.query(queries.REVENUE, bound, revenue=("gold.revenue_1m", _only(minute))))
        return WindowDetail.model_validate({**window, "revenue": revenue})

    return parts.answers.answer(request, reading, [_KPIS, "gold.revenue_1m"], make, clocked=True)


@router.get(
    "/{start}/revisions",
    response_model=RevisionList,
    responses=documented(400, 404, 410, 503),
    summary="Each value a window had, and why it changed",
)
def list_window_revisions(start: Start, request: Request, parts: PartsOf, parameters: Annotated[Paged, Query()]) -> Response:
    """One for each batch that brought events of the minute, in order: what came, and the value from then on."""
    page = page_of(parts, request, parameters, REVISED)
    # Vacuum takes values away and moves no version.
    reading, _ = of_this_moment(parts.catalog, page.reading, [_KPIS])

    def make() -> RevisionList:
        found = revisions(parts.catalog, page, minute_of(start), parts.limits.watermark)
        if not found and not page.offset:
            raise _nothing(minute_of(start))
        return RevisionList.model_validate({"data": found[: page.limit], "next_cursor": page.cursor(len(found))})

    return parts.answers.answer(request, reading, REVISED, make)


@router.get(
    "/{start}/explain",
    response_model=Explanation,
    responses=documented(400, 404, 410, 503),
    summary="What a window's figures are made of, down to the bytes received",
)
def explain_window(start: Start, request: Request, parts: PartsOf, parameters: Annotated[Paged, Query()]) -> Response:
    """Each figure's formula, the versions it was computed from, and page by page the minute's events with their records."""
    page = page_of(parts, request, parameters, EXPLAINED)

    def make() -> Explanation:
        values = _one(page.reading, minute_of(start))
        found = contributions(page, minute_of(start))
        return Explanation.model_validate(
            {
                "window_start": values["window_start"],
                "window_end": values["window_end"],
                "versions": {name: page.reading.snapshot.versions[name] for name in EXPLAINED},
                "formulas": formulas(values),
                "events": found[: page.limit],
                "next_cursor": page.cursor(len(found)),
            }
        )

    return parts.answers.answer(request, page.reading, EXPLAINED, make)


def _one(reading: Reading, minute: datetime) -> dict[str, Any]:
    """The row of a minute. Raises NotFoundError where nothing happened, ExpiredError where it is not kept any more."""
    reading.snapshot.require_kept(_KPIS, reading.tenant_id, minute)
    bound = {"tenant": reading.tenant_id, "start": minute, **_watermark(reading)}
    found = rows_of(reading.snapshot.query(queries.ONE, bound, kpis=(_KPIS, _only(minute))))
    if not found:
        raise _nothing(minute)
    return found[0]


def _nothing(minute: datetime) -> NotFoundError:
    return NotFoundError(f"No event happened in the minute {minute.isoformat()}Z; GET /api/v1/windows lists those with any.")


def _only(minute: datetime) -> Range:
    return Range("window_start", minute.replace(tzinfo=UTC), minute.replace(tzinfo=UTC))


def _list(data: list[dict[str, Any]], next_cursor: str | None) -> WindowList:
    return WindowList.model_validate({"data": data, "next_cursor": next_cursor})


def _watermark(reading: Reading) -> dict[str, datetime]:
    return {"watermark": reading.watermark.astimezone(UTC).replace(tzinfo=None)}
