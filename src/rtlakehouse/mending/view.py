"""The lake at one moment, as mending reads it: files of versions that belong together, without those that are damaged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from rtlakehouse.contract.floors import Floors
from rtlakehouse.errors import CorruptionError, UsageError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.durable import failure
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import DataFile

__all__ = ["LONGEST", "MINUTE", "PLACE", "Span", "View", "at_places", "keys_of", "minute_of", "places_of"]

PLACE = ("source", "topic", "partition", "position")
MINUTE = timedelta(minutes=1)
# Longer ranges are several backfills: what differs is in memory until it is written.
LONGEST = timedelta(days=31)
_SEPARATOR = "\0"


class Span(NamedTuple):
    """A range of time, its end excluded."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, start: datetime, end: datetime) -> Span:
        """In whole minutes, as far as they reach. Raises UsageError for one that is empty or longer than `LONGEST`."""
        found = cls(minute_of(start), minute_of(end + MINUTE - timedelta(microseconds=1)))
        if not timedelta() < found.end - found.start <= LONGEST:
            raise UsageError(f"A range is of a minute at least and of {LONGEST.days} days at most: give `from` and `to` so.")
        return found

    @classmethod
    def covering(cls, first: datetime, last: datetime) -> Span:
        """From the minute of the one to that of the other. Raises as `of`."""
        return cls.of(first, minute_of(last) + MINUTE)


def minute_of(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


class View:
    """Versions of all tables that belong together, and their rows. damaged: files by table that are taken for empty.

    versions: the newest where none are given.
    """

    def __init__(self, lake: Lake, damaged: Collection[tuple[str, str]] = (), versions: Mapping[str, int] | None = None) -> None:
        self.lake = lake
        self.versions = lake.vector() if versions is None else versions
        self.damaged = frozenset(damaged)
        self._files: dict[str, tuple[DataFile, ...]] = {}

    @cached_property
    def settled(self) -> Floors:
        """Since when silver keeps what happened: of windows before that a tenant's rows in gold stay as they are."""
        return self.lake.kept_since(EVENTS.name)

    def files(self, table: str) -> tuple[DataFile, ...]:
        """All live files, the damaged among them."""
        if table not in self._files:
            self._files[table] = tuple(self.lake.files(table, self.versions[table]).values())
        return self._files[table]

    def within(self, table: str, column: str, first: Any, last: Any) -> list[DataFile]:
        """The files that may have rows whose column lies in [first, last]; one without statistics may."""
        return [
            file
            for file in self.files(table)
            if not (file.highest.get(column, first) < first or file.lowest.get(column, last) > last)
        ]

    def is_damaged(self, table: str, file: DataFile) -> bool:
        return (table, file.path) in self.damaged

    def faults(self, table: str, files: Iterable[DataFile]) -> Iterator[tuple[DataFile, str]]:
        """Those of the files that are not what was committed, by their hashes, and why."""
        seals = self.lake.seals(table)
        known = seals.read()
        for file in files:
            try:
                if file.path in known:
                    seals.check(file.path, known[file.path])
            except CorruptionError as error:
                yield file, str(error)

    def rows(
        self, table: str, files: Iterable[DataFile], where: ds.Expression | None = None, columns: Collection[str] | None = None
    ) -> pa.Table:
        """The rows of these files, one file after the other; all columns of the table, or those named."""
        definition = TABLES[table]
        wanted = [name for name in definition.column_names if columns is None or name in columns]
        paths = [str(self.lake.path(table) / file.path) for file in files if not self.is_damaged(table, file)]
        schema = pa.schema([definition.schema.field(name) for name in wanted])
        if not paths:
            return schema.empty_table()
        stored = pa.schema([field for field in definition.schema if field.name not in definition.partition_by])
        try:
            read = ds.dataset(paths, schema=stored, format="parquet").to_table(
                columns=[name for name in wanted if name in stored.names], filter=where
            )
        except OSError as error:
            raise failure(table, error) from error
        return _with_partition(definition, read, wanted).select(wanted).cast(schema)

    def positioned(self, table: str, places: pa.Table, columns: Collection[str] | None = None) -> pa.Table:
        """The rows whose position lies between the lowest and the highest of these places."""
        bounds = pc.min_max(places["position"]).as_py()
        if bounds["min"] is None:
            return self.rows(table, [], columns=columns)
        near = (pc.field("position") >= bounds["min"]) & (pc.field("position") <= bounds["max"])
        return self.rows(table, self.within(table, "position", bounds["min"], bounds["max"]), near, columns)

    def at(self, table: str, places: pa.Table, columns: Collection[str] | None = None) -> pa.Table:
        """The rows at these places, however far apart they are."""
        bounds = pc.min_max(places["position"]).as_py()
        if bounds["min"] is None:
            return self.rows(table, [], columns=columns)
        these = pc.field("position").isin(pc.unique(places["position"]))
        rows = self.rows(table, self.within(table, "position", bounds["min"], bounds["max"]), these, columns)
        return rows.filter(at_places(rows, keys_of(places)))


def keys_of(rows: pa.Table, prefix: str = "") -> pa.ChunkedArray:
    """One text for each row's coordinates (`kept_`: for those of what a duplicate names)."""
    parts = [rows[prefix + name].cast(pa.string()) for name in PLACE]
    return pc.binary_join_element_wise(*parts, _SEPARATOR)


def at_places(rows: pa.Table, keys: pa.ChunkedArray | pa.Array, prefix: str = "") -> pa.ChunkedArray:
    """Which of the rows have one of these keys."""
    return pc.is_in(keys_of(rows, prefix), value_set=_array(keys))


def places_of(*tables: pa.Table) -> pa.Table:
    return pa.concat_tables([table.select(list(PLACE)) for table in tables])


def _array(keys: pa.ChunkedArray | pa.Array) -> pa.Array:
    return keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys


def _with_partition(definition: Table, rows: pa.Table, wanted: Collection[str]) -> pa.Table:
    for name in definition.partition_by:
        if name in wanted:
            rows = rows.append_column(name, rows["event_time"].cast(pa.date32()))
    return rows
