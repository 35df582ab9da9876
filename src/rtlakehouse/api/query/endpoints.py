"""SQL of users over the lake's tables: read-only, of one tenant, bounded in time and memory."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.parameters import Paged, ReadParameters
from rtlakehouse.api.query import service
from rtlakehouse.api.query.running import rows_found, while_connected
from rtlakehouse.api.query.schemas import EXAMPLE, Advice, QueryPlan, QueryRows, SqlBody, SqlValidation
from rtlakehouse.errors import SqlError
from rtlakehouse.query.jail import parse
from rtlakehouse.query.workers import Cancellation

__all__ = ["router"]

router = APIRouter(prefix="/query", tags=["query"])

Posted = Annotated[SqlBody, Body(openapi_examples={"events by kind": {"value": EXAMPLE}})]


@router.post("", response_model=QueryRows, responses=documented(400, 404, 406, 410, 503), summary="Run a query")
async def run_query(request: Request, parts: PartsOf, body: Posted, parameters: Annotated[Paged, Query()]) -> Response:
    """A page of what it finds, in an order that holds still; the next page is of the same versions, whatever is committed."""

    return await while_connected(request, partial(rows_found, request, parts, body, parameters))


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

    return await while_connected(request, work)


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

    return await while_connected(request, work)


@router.post("/advice", responses=documented(400, 404, 410, 503), summary="Say what would have a query read less")
def advise_query(parts: PartsOf, body: Posted, parameters: Annotated[ReadParameters, Query()]) -> Advice:
    """Hints from the files' statistics: conditions that are missing, columns that are not needed."""
    statement = parse(body.sql)
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    read = service.tables_read(reading, statement, body)
    return Advice(tables=read, hints=service.hints(statement, read, body))
