"""A snapshot: one vector of table versions, and queries over exactly the files of those versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from rtlakehouse.catalog.files import GoldFiles
from rtlakehouse.errors import NotFoundError, UsageError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.table import Kind, Table
from rtlakehouse.storage.log import DataFile

__all__ = ["Range", "Snapshot"]


@dataclass(frozen=True)
class Range:
    """Only rows whose `column` lies in [first, last] are wanted (None: no bound): files that hold none are not read."""

    column: str
    first: Any
    last: Any


@dataclass(frozen=True)
class Snapshot:
    """versions: of every table. files: the live files of each at that version. as_of: when the newest of them was committed.

    Immutable: what a snapshot answers never changes, whatever is committed, compacted or vacuumed under a lease meanwhile.
    """

    root: Path
    versions: Mapping[str, int]
    files: Mapping[str, Mapping[str, DataFile]]
    as_of: datetime
    is_latest: bool
    connection: duckdb.DuckDBPyConnection
    gold: GoldFiles

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None, /, **relations: str | tuple[str, Range]) -> pa.Table:
        """Run a statement that reads each relation by its keyword's name; the value names its table, and a range if known.

        Times are UTC without a zone inside the statement and in its result; parameters are bound by `$name`.
        """
        cursor = self.connection.cursor()
        try:
            for name, wanted in relations.items():
                table, wanted_range = (wanted, None) if isinstance(wanted, str) else wanted
                self._provide(cursor, name, TABLES[table], wanted_range)
            return cursor.sql(sql, params=dict(parameters or {})).to_arrow_table()
        finally:
            cursor.close()

    def select(self, table: Table, where: str, limit: int) -> pa.Table:
        """Rows of a table that match a condition written by the operator of this machine, in the order of its key.

        Raises UsageError for a condition that is not one.
        """
        sql = f"select * from rows where {where} order by {', '.join(table.key)} limit $limit"
        try:
            return self.query(sql, {"limit": limit}, rows=table.name)
        except (duckdb.ParserException, duckdb.BinderException, duckdb.ConversionException) as error:
            raise UsageError(f"--where {where!r} does not work: {str(error).splitlines()[0]}") from error

    def newest_window(self) -> datetime | None:
        """Start of the newest minute in gold, as UTC without a zone; None while there is none."""
        newest = [file.highest["window_start"] for file in self.files.get("gold.kpis_1m", {}).values() if file.rows]
        return max(newest).astimezone(UTC).replace(tzinfo=None) if newest else None

    def files_of(self, table: str, wanted: Range | None = None) -> list[DataFile]:
        """The files of a table, without those that a range rules out."""
        if table not in self.files:
            raise NotFoundError(f"This snapshot has no {table}; name its version in `as_of` as well.")
        return [file for file in self.files[table].values() if wanted is None or _may_hold(file, wanted)]

    def _provide(self, cursor: duckdb.DuckDBPyConnection, name: str, table: Table, wanted: Range | None) -> None:
        files = self.files_of(table.name, wanted)
        if table.kind is Kind.WINDOWED or not files:
            cursor.register(name, self.gold.rows(table, self._folder(table), files))
        else:
            cursor.execute(f'create or replace temp view "{name}" as {self._scan(table, files)}')

    def _folder(self, table: Table) -> Path:
        return self.root / table.layer / table.short_name

    def _scan(self, table: Table, files: list[DataFile]) -> str:
        folder = self._folder(table)
        listed = ", ".join("'" + str(folder / file.path).replace("'", "''") + "'" for file in files)
        columns = ", ".join(_column(field) for field in table.schema)
        return f"select {columns} from read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def _may_hold(file: DataFile, wanted: Range) -> bool:
    lowest, highest = file.lowest.get(wanted.column), file.highest.get(wanted.column)
    below = wanted.first is not None and highest is not None and highest < wanted.first
    above = wanted.last is not None and lowest is not None and lowest > wanted.last
    return not (below or above)


def _column(field: pa.Field) -> str:
    if pa.types.is_timestamp(field.type):
        return f"make_timestamp(epoch_us({field.name})) as {field.name}"
    if field.name == "event_date":
        return "cast(make_timestamp(epoch_us(event_time)) as date) as event_date"
    return str(field.name)
