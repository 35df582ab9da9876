"""The files of a table at a version, with what the log knows of their rows without opening them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.formats import plain
from rtlakehouse.api.paging import Page
from rtlakehouse.api.parameters import NEXT_CURSOR
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.clock import isoformat
from rtlakehouse.medallion.table import Column, Table
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import Commit, DataFile, entries, read_commit

__all__ = ["FileList", "listed"]

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_COLUMN = {"name": "window_start", "nulls": 0, "lowest": "2026-11-24T10:30:00Z", "highest": "2026-11-24T10:32:00Z"}


class ColumnBounds(BaseModel):
    """What the log says of a column of a file. Long texts and bytes have no bounds."""

    model_config = example(**_COLUMN)

    name: str
    nulls: int | None
    lowest: str | int | bool | None
    highest: str | int | bool | None


class TableFile(BaseModel):
    """One Parquet file of a table."""

    model_config = example(
        path="part-3a22.zstd.parquet",
        bytes=5_127,
        rows=83,
        partition={},
        added_version=41,
        added_at="2026-11-24T10:30:12.400000Z",
        columns=[_COLUMN],
    )

    path: str = Field(description="Relative to the table's folder.")
    bytes: int
    rows: int
    partition: dict[str, str | None]
    added_version: int | None = Field(description="The version it came with; null where the log keeps that commit no more.")
    added_at: str | None = Field(description="When that was; where the commit is no longer kept, when the file was written.")
    columns: list[ColumnBounds] | None = Field(description="Null where the file holds rows of other tenants, too.")


class FileList(BaseModel):
    """A page of files, the newest first."""

    data: list[TableFile]
    next_cursor: str | None = NEXT_CURSOR


def listed(lake: Lake, page: Page, table: Table) -> FileList:
    """A page of the files that may hold rows of the reading's tenant."""
    reading = page.reading
    found = reading.snapshot.files_of(table.name, Range("tenant_id", reading.tenant_id, reading.tenant_id))
    found.sort(key=lambda file: (file.written_at or _EARLIEST, file.path), reverse=True)
    shown = found[page.offset : page.offset + page.limit]
    commits = _added(lake.path(table.name), reading.snapshot.versions[table.name], {file.path for file in shown})
    return FileList(
        data=[_file(table, file, commits.get(file.path), reading.tenant_id) for file in shown],
        next_cursor=page.cursor(len(found) - page.offset),
    )


def _added(table: Path, version: int, paths: Collection[str]) -> Mapping[str, Commit]:
    """The commit that each of these files came with, looked for from a version down until all are found."""
    found: dict[str, Commit] = {}
    for candidate in reversed([entry for entry in entries(table) if entry <= version]):
        if len(found) == len(paths):
            break
        if commit := read_commit(table, candidate):
            found |= {file.path: commit for file in commit.adds if file.path in paths}
    return found


def _file(table: Table, file: DataFile, commit: Commit | None, tenant_id: str) -> TableFile:
    added_at = commit.timestamp if commit else file.written_at
    is_own = file.lowest.get("tenant_id") == file.highest.get("tenant_id") == tenant_id
    return TableFile(
        path=file.path,
        bytes=file.size_bytes,
        rows=file.rows,
        partition=dict(file.partition),
        added_version=commit.version if commit else None,
        added_at=isoformat(added_at) if added_at else None,
        columns=list(_columns(table, file)) if is_own else None,
    )


def _columns(table: Table, file: DataFile) -> Iterator[ColumnBounds]:
    for column in table.columns:
        if column.name in file.nulls or column.name in file.lowest:
            lowest, highest = (_bound(column, side.get(column.name)) for side in (file.lowest, file.highest))
            yield ColumnBounds(name=column.name, nulls=file.nulls.get(column.name), lowest=lowest, highest=highest)


def _bound(column: Column, value: Any) -> Any:
    """A bound as JSON has it; money with all its places, which the numbers of a log may lack."""
    if value is not None and pa.types.is_decimal(column.type):
        return f"{Decimal(value):.{column.type.scale}f}"
    return plain(value)
