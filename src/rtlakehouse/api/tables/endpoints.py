"""The tables of the lake: what they are, and their rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.examples import example
from rtlakehouse.api.formats import Tabular
from rtlakehouse.api.history.service import of_this_moment
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import NEXT_CURSOR, Paged, ReadParameters
from rtlakehouse.api.tables import diff, files, profile, queries
from rtlakehouse.api.tables.diff import DiffParameters, TableDiff
from rtlakehouse.api.tables.files import FileList
from rtlakehouse.api.tables.profile import TableProfile
from rtlakehouse.medallion.graph import TABLES, table
from rtlakehouse.medallion.table import Table

__all__ = ["router"]

router = APIRouter(prefix="/tables", tags=["tables"])

Name = Annotated[str, Path(examples=["gold.kpis_1m"])]


class TableSummary(BaseModel):
    """One table at a version."""

    model_config = example(
        name="gold.kpis_1m",
        layer="gold",
        kind="windowed",
        grain="tenant, minute",
        version=41,
        rows=1_440,
        files=3,
        bytes=81_920,
        sources=["silver.events"],
    )

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

    model_config = example(name="events", type="int64", nullable=False, doc="Accepted events.")

    name: str
    type: str
    nullable: bool
    doc: str


class TableSchema(BaseModel):
    """A table's definition; a version from before a column was added reads as null there."""

    name: str = Field(examples=["gold.kpis_1m"])
    version: int = Field(examples=[41])
    grain: str = Field(examples=["tenant, minute"])
    key: list[str] = Field(examples=[["tenant_id", "window_start"]])
    partition_by: list[str] = Field(examples=[[]])
    columns: list[ColumnSchema]


class TableRows(BaseModel):
    """A page of rows in the order of the table's key."""

    data: list[dict[str, Any]] = Field(examples=[[{"window_start": "2026-11-24T10:30:00Z", "events": 120}]])
    next_cursor: str | None = NEXT_CURSOR


@router.get("", response_model=TableList, responses=documented(400, 404, 410, 503), summary="Every table")
def list_tables(request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """Name, grain, version, rows and size of each; of those that `as_of` names, where it names versions."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    listed = [definition for name, definition in TABLES.items() if name in reading.snapshot.versions]
    names = [definition.name for definition in listed]
    return parts.answers.answer(
        request, reading, names, lambda: TableList(data=[_summary(reading, definition) for definition in listed])
    )


@router.get("/{name}", response_model=TableSummary, responses=documented(400, 404, 410, 503), summary="One table")
def get_table(name: Name, request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """Its grain, version, rows and size."""
    definition = table(name)
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    return parts.answers.answer(request, reading, [name], lambda: _summary(reading, definition))


@router.get("/{name}/schema", response_model=TableSchema, responses=documented(400, 404, 410, 503), summary="A table's columns")
def get_table_schema(name: Name, request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """Columns with their types and what they hold."""
    definition = table(name)
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    return parts.answers.answer(request, reading, [name], lambda: _schema(reading, definition))


@router.get("/{name}/rows", response_model=TableRows, responses=documented(400, 404, 406, 410, 503), summary="A table's rows")
def list_table_rows(name: Name, request: Request, parts: PartsOf, parameters: Annotated[Paged, Query()]) -> Response:
    """A page, in the order of the table's key."""
    definition = table(name)
    page = page_of(parts, request, parameters, [name])

    def make() -> Tabular:
        bound = {"tenant": page.reading.tenant_id, **page.bounds}
        return page.tabular(page.reading.snapshot.query(queries.rows(definition.key), bound, rows=name), _rows)

    return parts.answers.answer(request, page.reading, [name], make, tabular=True)


@router.get("/{name}/files", response_model=FileList, responses=documented(400, 404, 410, 503), summary="A table's files")
def list_table_files(name: Name, request: Request, parts: PartsOf, parameters: Annotated[Paged, Query()]) -> Response:
    """The newest first: size, rows, bounds and nulls of each column, and the version that each came with.

    Files that hold no row of the caller's tenant are left out.
    """
    definition = table(name)
    page = page_of(parts, request, parameters, [name])
    # Which version a file came with is in the log only while that keeps the version's commit.
    reading, _ = of_this_moment(parts.catalog, page.reading, [name])
    return parts.answers.answer(request, reading, [name], lambda: files.listed(parts.lake, page, definition))


@router.get(
    "/{name}/profile",
    response_model=TableProfile,
    responses=documented(400, 404, 410, 503),
    summary="What a table's columns hold",
)
def get_table_profile(name: Name, request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """Nulls, distinct values, bounds, quantiles and the most frequent values of each column, of up to 100,000 rows.

    A larger table is profiled by the files written last. It is worked out once for a version.
    """
    definition = table(name)
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    return parts.answers.answer(request, reading, [name], lambda: profile.profiled(reading, definition))


@router.get(
    "/{name}/diff",
    response_model=TableDiff,
    responses=documented(400, 404, 410, 503),
    summary="What differs between two versions",
)
def diff_table(name: Name, request: Request, parts: PartsOf, parameters: Annotated[DiffParameters, Query()]) -> Response:
    """Rows that were added, removed or have other values, told apart by the table's key; by default what the last version did.

    Only the files that one version has and the other has not are read.
    """
    definition = table(name)
    page, before = diff.asked(parts, request, parameters, definition)
    # Which version a time or a default stands for is part of the question.
    reading = replace(page.reading, parameters=f"{page.reading.parameters}|{before.versions[name]}")
    return parts.answers.answer(request, reading, [name], lambda: diff.diff(page, before, definition, parameters.change))


def _rows(data: list[dict[str, Any]], next_cursor: str | None) -> TableRows:
    return TableRows(data=data, next_cursor=next_cursor)


def _schema(reading: Reading, definition: Table) -> TableSchema:
    return TableSchema(
        name=definition.name,
        version=reading.snapshot.versions[definition.name],
        grain=definition.grain,
        key=list(definition.key),
        partition_by=list(definition.partition_by),
        columns=[ColumnSchema(name=c.name, type=str(c.type), nullable=c.nullable, doc=c.doc) for c in definition.columns],
    )


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
