"""SQL of users over the lake's tables: read-only, of one tenant, bounded in time and memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.formats import Tabular
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import Paged, ReadParameters
from rtlakehouse.api.query import service
from rtlakehouse.api.query.schemas import EXAMPLE, Advice, QueryPlan, QueryRows, SqlBody, SqlValidation
from rtlakehouse.errors import SqlError
from rtlakehouse.query.jail import parse
from rtlakehouse.query.workers import Cancellation

__all__ = ["router"]

router = APIRouter(prefix="/query", tags=["query"])

T = TypeVar("T")
Posted = Annotated[SqlBody, Body(openapi_examples={"events by kind": {"value": EXAMPLE}})]


async def _while_connected(request: Request, work: Callable[[Cancellation], T]) -> T:
    """Do the work in a thread; what it runs ends when the client goes away."""
    ending = Cancellation()
    leaving = asyncio.create_task(_gone(request, ending))
    try:
        return await run_in_threadpool(work, ending)
    finally:
        leaving.cancel()


async def _gone(request: Request, ending: Cancellation) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    ending.cancel()


@router.post("", response_model=QueryRows, responses=documented(400, 404, 406, 410, 503), summary="Run a query")
async def run_query(request: Request, parts: PartsOf, body: Posted, parameters: Annotated[Paged, Query()]) -> Response:
    """A page of what it finds, in an order that holds still; the next page is of the same versions, whatever is committed."""

    def work(ending: Cancellation) -> Response:
        statement = parse(body.sql)
        page = page_of(parts, request, parameters, statement.tables, body)
        text = statement.page(page.reading.tenant_id, page.limit + 1, page.offset)

        def make() -> Tabular:
            rows = service.found(parts.workers, page.reading, statement, body, text, ending)
            return page.tabular(rows, _model(rows.column_names))

        return parts.answers.answer(request, page.reading, statement.tables, make, tabular=True)

    return await _while_connected(request, work)


def _model(columns: list[str]) -> Callable[[list[dict[str, Any]], str | None], QueryRows]:
    return lambda data, cursor: QueryRows(columns=columns, data=data, next_cursor=cursor)


@router.post("/explain", responses=documented(400, 404, 410, 503), summary="Say how a query would be run")
async def explain_query(
    request: Request, parts: PartsOf, body: Posted, parameters: Annotated[ReadParameters, Query()]
) -> QueryPlan:
    """The statement that is run in its place, its plan, and the files and bytes of each table that may be read."""

    def work(ending: Cancellation) -> QueryPlan:
        statement = parse(body.sql)
        reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
        text = statement.page(reading.tenant_id, Paged().limit, 0)
        plan = service.plan(parts.workers, reading, statement, body, text, ending)
        return QueryPlan(sql=text, tables=service.tables_read(reading, statement, body), plan=plan)

    return await _while_connected(request, work)


@router.post("/validate", responses=documented(400, 404, 410, 503), summary="Say whether a query may be run, and what is wrong")
async def validate_query(
    request: Request, parts: PartsOf, body: Posted, parameters: Annotated[ReadParameters, Query()]
) -> SqlValidation:
    """Checks it as running would, names of columns and types included, without reading a row."""

    def work(ending: Cancellation) -> SqlValidation:
        statement = None
        try:
            statement = parse(body.sql)
            reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
            service.plan(parts.workers, reading, statement, body, statement.page(reading.tenant_id, 1, 0), ending)
        except SqlError as error:
            tables = list(statement.tables) if statement else []
            return SqlValidation(valid=False, tables=tables, fault=service.fault_of(error, statement))
        return SqlValidation(valid=True, tables=list(statement.tables), fault=None)

    return await _while_connected(request, work)


@router.post("/advice", responses=documented(400, 404, 410, 503), summary="Say what would have a query read less")
def advise_query(parts: PartsOf, body: Posted, parameters: Annotated[ReadParameters, Query()]) -> Advice:
    """Hints from the files' statistics: conditions that are missing, columns that are not needed."""
    statement = parse(body.sql)
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    read = service.tables_read(reading, statement, body)
    return Advice(tables=read, hints=service.hints(statement, read, body))
