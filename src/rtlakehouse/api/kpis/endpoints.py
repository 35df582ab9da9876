"""Key figures of a range of event time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import Parts, PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.formats import Tabular, rows_of
from rtlakehouse.api.kpis import queries
from rtlakehouse.api.kpis.schemas import (
    CompareParameters,
    Comparison,
    Dimension,
    Funnel,
    Latest,
    ProductParameters,
    Products,
    RevenueTotals,
    SegmentParameters,
    Segments,
    Series,
    SeriesParameters,
    Span,
    Step,
    UserParameters,
    Users,
)
from rtlakehouse.api.kpis.service import compared
from rtlakehouse.api.parameters import RangeParameters, ReadParameters
from rtlakehouse.api.windows import queries as window_queries
from rtlakehouse.catalog.distinct import ORDERS, USERS
from rtlakehouse.catalog.snapshot import Digested, Range, Relation
from rtlakehouse.catalog.sums import Digest
from rtlakehouse.errors import UsageError

__all__ = ["router"]

router = APIRouter(prefix="/kpis", tags=["kpis"])

_MAX_STEPS = 100_000
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - naive UTC, as in the queries
_ERRORS = documented(400, 404, 406, 410, 503)
_KPIS = "gold.kpis_1m"
_SILVER = "silver.events"

# What each relation of a statement is.
Tables: TypeAlias = Mapping[str, str | Digest]


@router.get("/latest", response_model=Latest, responses=documented(400, 404, 410, 503), summary="The newest minute")
def latest_kpis(request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """The newest minute that has events, as it stands now; `open` until the watermark has passed its end."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)

    def make() -> Latest:
        newest = reading.snapshot.newest_window(reading.tenant_id)
        if newest is None:
            return Latest(window=None, revenue=[])
        only = _range(newest, newest)
        bound = {"tenant": reading.tenant_id, "start": newest}
        window = rows_of(reading.snapshot.query(window_queries.ONE, {**bound, **_watermark(reading)}, kpis=(_KPIS, only)))
        revenue = rows_of(reading.snapshot.query(window_queries.REVENUE, bound, revenue=("gold.revenue_1m", only)))
        return Latest.model_validate({"window": window[0], "revenue": revenue})

    return parts.answers.answer(request, reading, [_KPIS, "gold.revenue_1m"], make, clocked=True)


@router.get("/series", response_model=Series, responses=_ERRORS, summary="Figures over time")
def kpi_series(request: Request, parts: PartsOf, parameters: Annotated[SeriesParameters, Query()]) -> Response:
    """Steps of one minute come from gold; users of longer steps are counted from silver, for counts of users do not add up."""
    by_minute = parameters.step is Step.MINUTE

    def make(reading: Reading, start: datetime, end: datetime) -> _Question:
        step = parameters.step.length or end - start
        if (end - start) / step > _MAX_STEPS:
            raise UsageError(f"That are more than {_MAX_STEPS:,} steps; ask for a shorter range or a longer step.")
        first = start if parameters.step is Step.ALL else _EPOCH + (start - _EPOCH) // step * step
        bound = {"first_step": first, "step_s": int(step.total_seconds()), "fill": parameters.fill, **_watermark(reading)}
        return _Question(queries.MINUTES if by_minute else queries.STEPS, bound)

    def model(data: list[dict[str, Any]], start: str, end: str) -> Series:
        return Series.model_validate({"step": parameters.step.value, "start": start, "end": end, "data": data})

    tables: Tables = {"kpis": _KPIS} if by_minute else {"kpis": _KPIS, "users": USERS}
    return _answer(parts, request, parameters, tables, make, model, clocked=True)


@router.get("/revenue", response_model=RevenueTotals, responses=_ERRORS, summary="Money by currency")
def kpi_revenue(request: Request, parts: PartsOf, parameters: Annotated[RangeParameters, Query()]) -> Response:
    """Currencies are never added together."""
    tables: Tables = {"revenue": "gold.revenue_1m", "orders": ORDERS}
    return _answer(parts, request, parameters, tables, lambda *_: _Question(queries.REVENUE, {}), _ranged(RevenueTotals))


@router.get("/products/top", response_model=Products, responses=_ERRORS, summary="The products that lead")
def top_products(request: Request, parts: PartsOf, parameters: Annotated[ProductParameters, Query()]) -> Response:
    """Ranked by money, units, purchases or views; a product sold in two currencies is there twice."""
    question = _Question(queries.PRODUCTS, {"by": parameters.by, "limit": parameters.limit})
    return _answer(parts, request, parameters, {"products": "gold.products_1m"}, lambda *_: question, _ranged(Products))


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
    question = _Question(queries.SEGMENTS, {"dimension": dimension.value, "limit": parameters.limit})
    tables: Tables = {"segments": "gold.segments_1m", "users": USERS}
    return _answer(parts, request, parameters, tables, lambda *_: question, _ranged(Segments, dimension=dimension))


@router.get("/compare", response_model=Comparison, responses=documented(400, 404, 410, 503), summary="Two ranges side by side")
def compare_kpis(request: Request, parts: PartsOf, parameters: Annotated[CompareParameters, Query()]) -> Response:
    """Every metric of the catalogue in a range and in another, by default the one right before it, with the change."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)

    def make() -> Comparison:
        newest = reading.snapshot.newest_window(reading.tenant_id) if parameters.is_open else None
        current = parameters.resolve(newest)
        previous = parameters.resolve_against(*current)
        return Comparison(current=_span(*current), previous=_span(*previous), data=compared(reading, current, previous))

    return parts.answers.answer(request, reading, [_SILVER, *([_KPIS] if parameters.is_open else [])], make)


@router.get("/funnel", response_model=Funnel, responses=_ERRORS, summary="From a view to a purchase")
def kpi_funnel(request: Request, parts: PartsOf, parameters: Annotated[RangeParameters, Query()]) -> Response:
    """Who viewed, then added to a cart, then bought, in this order and within the range; whatever the product.

    The same instant counts as later. Who added to a cart without a view before it in the range is at no step by that.
    """
    question = _Question(queries.FUNNEL, {})
    return _answer(parts, request, parameters, {"events": _SILVER}, lambda *_: question, _ranged(Funnel))


@router.get("/users", response_model=Users, responses=_ERRORS, summary="New and returning users, by cohort")
def kpi_users(request: Request, parts: PartsOf, parameters: Annotated[UserParameters, Query()]) -> Response:
    """A user is new in the range that holds their first event ever, else returning; a cohort is who was first seen together.

    Cohorts come newest first, with everybody first seen before the range's end. A late event may make a user older.
    """
    question = _Question(queries.COHORTS, {"cohort": parameters.cohort}, ever=True)

    def model(data: list[dict[str, Any]], start: str, end: str) -> Users:
        sums = {name: sum(row[name] for row in data) for name in ("active_users", "new_users", "returning_users")}
        return Users.model_validate({"start": start, "end": end, **sums, "data": data})

    return _answer(parts, request, parameters, {"events": _SILVER}, lambda *_: question, model)


@dataclass(frozen=True)
class _Question:
    """A statement of queries.py and what is bound to it besides tenant and range.

    ever: it reads all that happened before the range's end.
    """

    sql: str
    bound: dict[str, Any]
    ever: bool = False


def _answer(
    parts: Parts,
    request: Request,
    parameters: RangeParameters,
    tables: Tables,
    ask: Callable[[Reading, datetime, datetime], _Question],
    model: Callable[[list[dict[str, Any]], str, str], BaseModel],
    *,
    clocked: bool = False,
) -> Response:
    """A tabular answer over a range of these relations. Where the range depends on the newest window, kpis are read too."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    named = [table if isinstance(table, str) else table.table.name for table in tables.values()]

    def make() -> Tabular:
        newest = reading.snapshot.newest_window(reading.tenant_id) if parameters.is_open else None
        start, end = parameters.resolve(newest)
        question = ask(reading, start, end)
        first = None if question.ever else start
        for table in named if first else ():
            reading.snapshot.require_kept(table, reading.tenant_id, start)
        relations = {name: _relation(table, first, end) for name, table in tables.items()}
        bound = {"tenant": reading.tenant_id, "start": start, "end": end, **question.bound}
        found = reading.snapshot.query(question.sql, bound, **relations)
        return Tabular(found, lambda data: model(data, f"{start.isoformat()}Z", f"{end.isoformat()}Z"))

    used = [*named, *([_KPIS] if parameters.is_open else [])]
    return parts.answers.answer(request, reading, used, make, clocked=clocked, tabular=True)


def _relation(table: str | Digest, first: datetime | None, end: datetime) -> Relation:
    if isinstance(table, Digest):
        return Digested(table, _range(first, end, _TIME["silver"]))
    return table, _range(first, end, _TIME[table.partition(".")[0]])


# The column that a table's files are told apart by.
_TIME = {"gold": "window_start", "silver": "event_time"}


def _span(start: datetime, end: datetime) -> Span:
    return Span(start=f"{start.isoformat()}Z", end=f"{end.isoformat()}Z")


def _ranged(model: type[BaseModel], **more: Any) -> Callable[[list[dict[str, Any]], str, str], BaseModel]:
    return lambda data, start, end: model.model_validate({"start": start, "end": end, **more, "data": data})


def _watermark(reading: Reading) -> dict[str, datetime]:
    return {"watermark": reading.watermark.astimezone(UTC).replace(tzinfo=None)}


def _range(start: datetime | None, end: datetime, column: str = "window_start") -> Range:
    return Range(column, start and start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
