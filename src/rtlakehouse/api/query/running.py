"""A statement of a user on its way from the request to the answer; what runs it ends when the client goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from rtlakehouse.api.deps import Parts
from rtlakehouse.api.formats import Tabular
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import Paged
from rtlakehouse.api.query import service
from rtlakehouse.api.query.schemas import QueryRows, SqlBody
from rtlakehouse.query.jail import parse
from rtlakehouse.query.workers import Cancellation

__all__ = ["rows_found", "while_connected"]

T = TypeVar("T")


async def while_connected(request: Request, work: Callable[[Cancellation], T]) -> T:
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


def rows_found(request: Request, parts: Parts, body: SqlBody, parameters: Paged, ending: Cancellation) -> Response:
    """The answer to a statement: a page of what it finds, in the form that the request likes best."""
    statement = parse(body.sql)
    page = page_of(parts, request, parameters, statement.tables, body)
    text = statement.page(page.reading.tenant_id, page.limit + 1, page.offset)

    def make() -> Tabular:
        rows = service.found(parts.workers, page.reading, statement, body, text, ending)
        return page.tabular(rows, _model(rows.column_names))

    return parts.answers.answer(request, page.reading, statement.tables, make, tabular=True)


def _model(columns: list[str]) -> Callable[[list[dict[str, Any]], str | None], QueryRows]:
    return lambda data, cursor: QueryRows(columns=columns, data=data, next_cursor=cursor)
