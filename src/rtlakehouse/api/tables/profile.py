"""What the columns of a table hold, worked out over as many rows as take less than a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.examples import example
from rtlakehouse.api.formats import plain
from rtlakehouse.api.tables import queries
from rtlakehouse.catalog.snapshot import Files, Range
from rtlakehouse.medallion.table import Column, Table
from rtlakehouse.storage.log import DataFile

__all__ = ["TableProfile", "profiled"]

MOST_ROWS = 100_000
_FREQUENT = 5
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_VALUE = str | int | bool | list[str] | None
_QUANTILES = {"p05": 1, "p25": 1, "p50": 2, "p75": 3, "p95": 5}
_COLUMN: dict[str, Any] = {
    "name": "events",
    "type": "int64",
    "nulls": 0,
    "distincts": 7,
    "lowest": 1,
    "highest": 9,
    "quantiles": _QUANTILES,
    "frequent": [{"value": 2, "rows": 412}],
}


class FrequentValue(BaseModel):
    """A value that several rows have."""

    model_config = example(value="purchase", rows=412)

    value: _VALUE
    rows: int


class Quantiles(BaseModel):
    """Values below which, or at which, so many in a hundred lie: each is a value of the column."""

    model_config = example(**_QUANTILES)

    p05: _VALUE
    p25: _VALUE
    p50: _VALUE
    p75: _VALUE
    p95: _VALUE


class ColumnProfile(BaseModel):
    """What a column holds in the rows that were looked at. Texts are cut after 200 characters."""

    model_config = example(**_COLUMN)

    name: str
    type: str
    nulls: int
    distincts: int = Field(description="Different values, nulls aside; exact for the rows that were looked at.")
    lowest: _VALUE = Field(description="Null where there is no value, and for bytes and lists.")
    highest: _VALUE
    quantiles: Quantiles | None = Field(description="Of numbers and times; else null.")
    frequent: list[FrequentValue] = Field(description="The values that most rows have, up to five; none of bytes.")


class TableProfile(BaseModel):
    """What the columns of a table hold."""

    name: str = Field(examples=["gold.kpis_1m"])
    version: int = Field(examples=[41])
    rows: int = Field(description="Rows that were looked at.", examples=[1_440])
    is_complete: bool = Field(
        description="Whether these are all rows of yours; else they are of the files written last.", examples=[True]
    )
    columns: list[ColumnProfile]


def profiled(reading: Reading, table: Table) -> TableProfile:
    """The profile of the tenant's rows; of a large table, of the files written last."""
    snapshot = reading.snapshot
    found = snapshot.files_of(table.name, Range("tenant_id", reading.tenant_id, reading.tenant_id))
    looked_at = _last_written(found)
    bound = {"tenant": reading.tenant_id, "most": MOST_ROWS, "frequent": _FREQUENT}
    files = Files(table.name, snapshot.versions[table.name], tuple(looked_at))
    row = snapshot.query(queries.profile(table.columns), bound, rows=files).to_pylist()[0]
    return TableProfile(
        name=table.name,
        version=snapshot.versions[table.name],
        rows=row["rows"],
        is_complete=len(looked_at) == len(found) and row["rows"] < MOST_ROWS,
        columns=[_column(column, place, row) for place, column in enumerate(table.columns)],
    )


def _last_written(files: Sequence[DataFile]) -> list[DataFile]:
    """The files written last, as many as have the rows that are looked at."""
    chosen: list[DataFile] = []
    rows = 0
    for file in sorted(files, key=lambda file: (file.written_at or _EARLIEST, file.path), reverse=True):
        if rows >= MOST_ROWS:
            break
        chosen.append(file)
        rows += file.rows
    return chosen


def _column(column: Column, place: int, row: Mapping[str, Any]) -> ColumnProfile:
    told = {what: row[f"{place}_{what}"] for what in ("nulls", "distincts", "lowest", "highest", "quantiles", "frequent")}
    quantiles = told["quantiles"] and dict(zip(queries.SHARES, map(plain, told["quantiles"]), strict=True))
    frequent = [{"value": plain(each["value"]), "rows": each["rows"]} for each in told["frequent"] or []]
    bounds = {side: plain(told[side]) for side in ("lowest", "highest")}
    return ColumnProfile.model_validate(
        {"name": column.name, "type": str(column.type), **told, **bounds, "quantiles": quantiles, "frequent": frequent}
    )
