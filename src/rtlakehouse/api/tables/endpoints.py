"""The tables of the lake: what they are, and their rows."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.formats import Body, json_body, tabular_body
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import Paged, ReadParameters
from rtlakehouse.api.tables import queries
from rtlakehouse.medallion.graph import TABLES, table
from rtlakehouse.medallion.table import Table

__all__ = ["router"]

router = APIRouter(prefix="/tables", tags=["tables"])


class TableSummary(BaseModel):
    """One table at a version."""

    name: str
    layer: str
    kind: str
    grain: str
    version: int
    rows: int
    files: int
    bytes: int
    sources: list[str]


class TableList(BaseModel):
    """Every table, in the order in which they are filled."""

    data: list[TableSummary]


class ColumnSchema(BaseModel):
    """One column."""

    name: str
    type: str
    nullable: bool
    doc: str


class TableSchema(BaseModel):
    """A table's definition."""

    name: str
    grain: str
    key: list[str]
    partition_by: list[str]
    columns: list[ColumnSchema]


class TableRows(BaseModel):
    """A page of rows in the order of the table's key."""

    data: list[dict[str, Any]]
    next_cursor: str | None


@router.get("", response_model=TableList, responses=documented(400, 410, 503), summary="Every table")
def list_tables(request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """Name, grain, version, rows and size of each."""
    reading = parts.answers.reading(request, parameters, parameters.as_of, parameters.max_staleness_ms)
    listed = [definition for name, definition in TABLES.items() if name in reading.snapshot.versions]
    return parts.answers.answer(
        request, reading, TABLES, lambda: json_body(TableList(data=[_summary(reading, definition) for definition in listed]))
    )


@router.get("/{name}", response_model=TableSummary, responses=documented(400, 404, 410, 503), summary="One table")
def get_table(name: str, request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """Its grain, version, rows and size."""
    definition = table(name)
    reading = parts.answers.reading(request, parameters, parameters.as_of, parameters.max_staleness_ms)
    return parts.answers.answer(request, reading, [name], lambda: json_body(_summary(reading, definition)))


@router.get("/{name}/schema", responses=documented(404), summary="A table's columns")
def get_table_schema(name: str) -> TableSchema:
    """Columns with their types and what they hold."""
    definition = table(name)
    return TableSchema(
        name=definition.name,
        grain=definition.grain,
        key=list(definition.key),
        partition_by=list(definition.partition_by),
        columns=[ColumnSchema(name=c.name, type=str(c.type), nullable=c.nullable, doc=c.doc) for c in definition.columns],
    )


@router.get("/{name}/rows", response_model=TableRows, responses=documented(400, 404, 410, 503), summary="A table's rows")
def list_table_rows(name: str, request: Request, parts: PartsOf, parameters: Annotated[Paged, Query()]) -> Response:
    """A page, in the order of the table's key; CSV, NDJSON, Arrow or Parquet by `Accept`."""
    definition = table(name)
    page = page_of(parts, request, parameters, [name])
    scoped = "tenant_id" in definition.column_names

    def make() -> Body:
        bound: dict[str, Any] = {**page.bounds, **({"tenant": page.reading.tenant_id} if scoped else {})}
        found = page.reading.snapshot.query(queries.rows(definition.key, scoped=scoped), bound, rows=name)
        rows, cursor = page.cut(found)
        return tabular_body(page.reading.accept, rows, lambda data: TableRows(data=data, next_cursor=cursor))

    return parts.answers.answer(request, page.reading, [name], make)


def _summary(reading: Reading, definition: Table) -> TableSummary:
    files = reading.snapshot.files_of(definition.name)
    return TableSummary(
        name=definition.name,
        layer=definition.layer,
        kind=definition.kind.value,
        grain=definition.grain,
        version=reading.snapshot.versions[definition.name],
        rows=sum(file.rows for file in files),
        files=len(files),
        bytes=sum(file.size_bytes for file in files),
        sources=list(definition.sources),
    )
