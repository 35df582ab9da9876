"""The catalogue of metrics, and questions of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request, Response

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.formats import Tabular
from rtlakehouse.api.metrics_catalog.schemas import (
    EXAMPLE,
    MetricEntry,
    MetricRows,
    MetricsCatalog,
    MetricsPage,
    MetricsQuery,
    entry,
    whole,
)
from rtlakehouse.api.metrics_catalog.service import columns
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import NoParameters
from rtlakehouse.figures import Span, figures
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.spelled import spelled
from rtlakehouse.semantic.statement import compile_question

__all__ = ["router"]

router = APIRouter(prefix="/metrics-catalog", tags=["metrics-catalog"])

Name = Annotated[str, Path(description="Name of the metric.", examples=["conversion_rate"])]
Posted = Annotated[MetricsQuery, Body(openapi_examples={"orders by currency": {"value": EXAMPLE}})]
_KPIS = "gold.kpis_1m"


@router.get("", response_model=MetricsCatalog, responses=documented(), summary="Every metric and what it means")
def get_metrics_catalog(request: Request, parts: PartsOf, _: Annotated[NoParameters, Query()]) -> Response:
    """What each business figure is called, means and is computed from, its unit, and what it may be told apart by."""
    return parts.answers.fixed(request, whole(load()))


@router.get("/{name}", response_model=MetricEntry, responses=documented(404), summary="One metric")
def get_metric(name: Name, request: Request, parts: PartsOf, _: Annotated[NoParameters, Query()]) -> Response:
    """A name that there is not is answered with the one that was probably meant, also by its synonyms."""
    return parts.answers.fixed(request, entry(load().metric(name)))


@router.post(
    "/query", response_model=MetricRows, responses=documented(400, 404, 406, 410, 503), summary="Figures by dimension and time"
)
def query_metrics(request: Request, parts: PartsOf, body: Posted, parameters: Annotated[MetricsPage, Query()]) -> Response:
    """Metrics of a range, told apart by dimensions and steps of time, of those events that pass every filter.

    Computed from gold where its minutes add up to the same figures, else from silver: users, sessions and orders are counted over
    what is asked, never added up. Later pages are of the same versions.
    """
    question, catalogue = body.question, load()
    statement = compile_question(question, catalogue)
    tables = sorted({statement.table, *([_KPIS] if body.range.is_open else [])})
    page = page_of(parts, request, parameters, tables, body)

    def make() -> Tabular:
        reading = page.reading
        newest = reading.snapshot.newest_window(reading.tenant_id) if body.range.is_open else None
        span = Span(reading.tenant_id, *body.range.resolve(newest))
        found = figures(reading.snapshot, question, statement, span, page.limit + 1, page.offset)

        def model(data: list[dict[str, Any]], next_cursor: str | None) -> MetricRows:
            return MetricRows(
                start=f"{span.start.isoformat()}Z",
                end=f"{span.end.isoformat()}Z",
                grain=question.grain,
                table=statement.table,
                sql=spelled(question, statement, span.start, span.end),
                columns=columns(question, catalogue),
                data=data,
                next_cursor=next_cursor,
            )

        return page.tabular(found, model)

    return parts.answers.answer(request, page.reading, tables, make, tabular=True)
