"""Saved queries: SQL under a name, checked when it is saved, run with other values of its parameters."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from rtlakehouse.api.access import CallerOf, requires
from rtlakehouse.api.deps import Parts, PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.once import OnceOf
from rtlakehouse.api.parameters import NoParameters, Paged
from rtlakehouse.api.query import service
from rtlakehouse.api.query.running import rows_found, while_connected
from rtlakehouse.api.query.schemas import QueryRows, SqlBody
from rtlakehouse.api.saved_queries.schemas import (
    EXAMPLE,
    RUN,
    RunBody,
    SavedQueryBody,
    SavedQueryEntry,
    SavedQueryList,
    entry,
    posted,
)
from rtlakehouse.control import Role, SavedQueries
from rtlakehouse.query.jail import parse
from rtlakehouse.query.workers import Cancellation

__all__ = ["router"]

router = APIRouter(prefix="/queries", tags=["queries"])


def saved_by(parts: PartsOf, caller: CallerOf) -> SavedQueries:
    return SavedQueries(parts.store, parts.clock, caller.tenant_id, caller.who)


SavedOf = Annotated[SavedQueries, Depends(saved_by)]
Id = Annotated[str, Path(max_length=64, examples=["5f2c9a01be77"])]
Given = Annotated[SavedQueryBody, Body(openapi_examples={"events by kind": {"value": EXAMPLE}})]
Values = Annotated[RunBody, Body(openapi_examples={"since noon": {"value": RUN}})]
NoMore = Annotated[NoParameters, Query()]
_MAY_SAVE = [requires(Role.INGEST)]


@router.get("", response_model=SavedQueryList, responses=documented(503), summary="Saved queries, by name")
def list_saved_queries(request: Request, parts: PartsOf, saved: SavedOf, _: NoMore) -> Response:
    """Those of the caller's tenant."""
    return parts.answers.control(request, SavedQueryList(data=[entry(query) for query in saved.list()]))


@router.post("", status_code=201, dependencies=_MAY_SAVE, responses=documented(400, 409, 503), summary="Save a query")
async def save_query(request: Request, parts: PartsOf, saved: SavedOf, once: OnceOf, body: Given, _: NoMore) -> SavedQueryEntry:
    """It is checked as running would, names of columns and types included, and refused where it could not be run.

    Posting the same again is answered with the one that is there.
    """
    if (known := await run_in_threadpool(once.known, SavedQueryEntry, body)) is not None:
        return known
    await while_connected(request, partial(_checked, parts, body))

    def save() -> SavedQueryEntry:
        return entry(saved.create(body.name, body.description, body.sql, body.parameters))

    return await run_in_threadpool(once.answer, SavedQueryEntry, body, save)


@router.get("/{query_id}", response_model=SavedQueryEntry, responses=documented(404, 503), summary="One saved query")
def get_saved_query(query_id: Id, request: Request, parts: PartsOf, saved: SavedOf, _: NoMore) -> Response:
    """Its statement, the values of its parameters, and when it was changed last."""
    return parts.answers.control(request, entry(saved.get(query_id)))


@router.put("/{query_id}", dependencies=_MAY_SAVE, responses=documented(400, 404, 409, 503), summary="Change a saved query")
async def change_saved_query(
    query_id: Id, request: Request, parts: PartsOf, saved: SavedOf, body: Given, _: NoMore
) -> SavedQueryEntry:
    """Everything but its id becomes what is sent, which is checked as when it is saved."""
    await run_in_threadpool(saved.get, query_id)
    await while_connected(request, partial(_checked, parts, body))
    return entry(await run_in_threadpool(saved.change, query_id, body.name, body.description, body.sql, body.parameters))


@router.delete("/{query_id}", dependencies=_MAY_SAVE, responses=documented(404, 503), summary="Delete a saved query")
def delete_saved_query(query_id: Id, saved: SavedOf, _: NoMore) -> SavedQueryEntry:
    """Answered with what was deleted."""
    return entry(saved.delete(query_id))


@router.post(
    "/{query_id}/run", response_model=QueryRows, responses=documented(400, 404, 406, 410, 503), summary="Run a saved query"
)
async def run_saved_query(
    query_id: Id, request: Request, parts: PartsOf, saved: SavedOf, body: Values, parameters: Annotated[Paged, Query()]
) -> Response:
    """As `POST /query` with its statement and parameters; those that are sent stand in place of the saved ones."""
    query = await run_in_threadpool(saved.get, query_id)
    return await while_connected(request, partial(rows_found, request, parts, posted(query, body), parameters))


def _checked(parts: Parts, body: SavedQueryBody, ending: Cancellation) -> None:
    """Raises SqlError where it could not be run as it is."""
    statement = parse(body.sql)
    asked = SqlBody(sql=body.sql, parameters=body.parameters)
    reading = parts.answers.reading(asked, None, None)
    service.plan(parts.workers, reading, statement, asked, statement.page(reading.tenant_id, 1, 0), ending)
