"""Key figures of a range of event time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import Parts, PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.formats import json_body, rows_of, tabular_body
from rtlakehouse.api.kpis import queries
from rtlakehouse.api.kpis.schemas import (
    Dimension,
    Latest,
    ProductParameters,
    Products,
    RevenueTotals,
    SegmentParameters,
    Segments,
    Series,
    SeriesParameters,
    Step,
)
from rtlakehouse.api.parameters import RangeParameters, ReadParameters
from rtlakehouse.api.windows import queries as window_queries
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.errors import UsageError

__all__ = ["router"]

router = APIRouter(prefix="/kpis", tags=["kpis"])

_MAX_STEPS = 100_000
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - naive UTC, as in the queries
_ERRORS = documented(400, 410, 422, 503)


@router.get("/latest", response_model=Latest, responses=_ERRORS, summary="The newest minute")
def latest_kpis(request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """The newest minute that has events, as it stands now; `open` until the watermark has passed its end."""
    reading = parts.answers.reading(request, parameters, parameters.as_of, parameters.max_staleness_ms)

    def make() -> Latest:
        newest = reading.snapshot.newest_window()
        if newest is None:
            return Latest(window=None, revenue=[])
        only = _range(newest, newest + timedelta(minutes=1))
        bound = {"tenant": reading.tenant_id, "start": newest}
        window = rows_of(
            reading.snapshot.query(window_queries.ONE, {**bound, **_watermark(reading)}, kpis=("gold.kpis_1m", only))
        )
        revenue = rows_of(reading.snapshot.query(window_queries.REVENUE, bound, revenue=("gold.revenue_1m", only)))
        return Latest.model_validate({"window": window[0] if window else None, "revenue": revenue})

    tables = ["gold.kpis_1m", "gold.revenue_1m"]
    return parts.answers.answer(request, reading, tables, lambda: json_body(make()), clocked=True)


@router.get("/series", response_model=Series, responses=_ERRORS, summary="Figures over time")
def kpi_series(request: Request, parts: PartsOf, parameters: Annotated[SeriesParameters, Query()]) -> Response:
    """Steps of one minute come from gold; users of longer steps are counted from silver, for counts of users do not add up."""
    reading = parts.answers.reading(request, parameters, parameters.as_of, parameters.max_staleness_ms)
    start, end = parameters.resolve(reading.snapshot.newest_window())
    step = parameters.step.length
    if (end - start) / step > _MAX_STEPS:
        raise UsageError(f"That are more than {_MAX_STEPS:,} steps; ask for a shorter range or a longer step.")
    bound = {"first_step": _EPOCH + (start - _EPOCH) // step * step, "step_s": int(step.total_seconds()), "fill": parameters.fill}
    if parameters.step is Step.MINUTE:
        users, source = queries.MINUTE_USERS, {"kpis": ("gold.kpis_1m", _range(start, end))}
    else:
        users, source = queries.USERS, {"events": ("silver.events", _range(start, end, "event_time"))}
    sql = f"with users as ({users}), {queries.SERIES.strip().removeprefix('with ')}"
    relations = {"kpis": ("gold.kpis_1m", _range(start, end)), **source}
    bound |= {**_bounds(reading, start, end), **_watermark(reading)}

    def model(data: list[dict[str, Any]]) -> Series:
        return Series.model_validate({"step": parameters.step.value, "data": data})

    return _tabular(parts, request, reading, sql, bound, relations, model, clocked=True)


@router.get("/revenue", response_model=RevenueTotals, responses=_ERRORS, summary="Money by currency")
def kpi_revenue(request: Request, parts: PartsOf, parameters: Annotated[RangeParameters, Query()]) -> Response:
    """Currencies are never added together."""
    reading = parts.answers.reading(request, parameters, parameters.as_of, parameters.max_staleness_ms)
    start, end = parameters.resolve(reading.snapshot.newest_window())
    relations = {
        "revenue": ("gold.revenue_1m", _range(start, end)),
        "events": ("silver.events", _range(start, end, "event_time")),
    }
    return _tabular(
        parts, request, reading, queries.REVENUE, _bounds(reading, start, end), relations, _ranged(RevenueTotals, start, end)
    )


@router.get("/products/top", response_model=Products, responses=_ERRORS, summary="The products that lead")
def top_products(request: Request, parts: PartsOf, parameters: Annotated[ProductParameters, Query()]) -> Response:
    """Ranked by money, units, purchases or views; a product sold in two currencies is there twice."""
    reading = parts.answers.reading(request, parameters, parameters.as_of, parameters.max_staleness_ms)
    start, end = parameters.resolve(reading.snapshot.newest_window())
    bound = {**_bounds(reading, start, end), "by": parameters.by, "limit": parameters.limit}
    relations = {"products": ("gold.products_1m", _range(start, end))}
    return _tabular(parts, request, reading, queries.PRODUCTS, bound, relations, _ranged(Products, start, end))


@router.get(
    "/segments/{dimension}",
    response_model=Segments,
    responses=_ERRORS,
    summary="Figures by country, device, campaign or referrer",
)
def kpi_segments(
    dimension: Dimension, request: Request, parts: PartsOf, parameters: Annotated[SegmentParameters, Query()]
) -> Response:
    """Users are counted over the range. Events without a value are in no segment."""
    reading = parts.answers.reading(request, parameters, parameters.as_of, parameters.max_staleness_ms)
    start, end = parameters.resolve(reading.snapshot.newest_window())
    bound = {**_bounds(reading, start, end), "dimension": dimension.value, "limit": parameters.limit}
    relations = {
        "segments": ("gold.segments_1m", _range(start, end)),
        "events": ("silver.events", _range(start, end, "event_time")),
    }
    return _tabular(
        parts, request, reading, queries.SEGMENTS, bound, relations, _ranged(Segments, start, end, dimension=dimension)
    )


def _tabular(
    parts: Parts,
    request: Request,
    reading: Reading,
    sql: str,
    bound: dict[str, Any],
    relations: dict[str, tuple[str, Range]],
    model: Callable[[list[dict[str, Any]]], BaseModel],
    *,
    clocked: bool = False,
) -> Response:
    tables = [table for table, _ in relations.values()]
    return parts.answers.answer(
        request,
        reading,
        tables,
        lambda: tabular_body(reading.accept, reading.snapshot.query(sql, bound, **relations), model),
        clocked=clocked,
    )


def _ranged(model: type[BaseModel], start: datetime, end: datetime, **more: Any) -> Callable[[list[dict[str, Any]]], BaseModel]:
    limits = {"start": f"{start.isoformat()}Z", "end": f"{end.isoformat()}Z"}
    return lambda data: model.model_validate({**limits, **more, "data": data})


def _bounds(reading: Reading, start: datetime, end: datetime) -> dict[str, Any]:
    return {"tenant": reading.tenant_id, "start": start, "end": end}


def _watermark(reading: Reading) -> dict[str, datetime]:
    return {"watermark": reading.watermark.astimezone(UTC).replace(tzinfo=None)}


def _range(start: datetime, end: datetime, column: str = "window_start") -> Range:
    return Range(column, start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
