"""Gold in memory: the rows of each gold file, kept by file in the order of time. Files never change, so nothing goes stale."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.data_files import read_file
from rtlakehouse.storage.log import DataFile

__all__ = ["GoldFiles", "local_times"]

_START = "window_start"
_NAMES = pa.dictionary(pa.int32(), pa.string())


class GoldFiles:
    """Rows of gold files, those used last kept up to `max_bytes`. Thread-safe."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._held: OrderedDict[Path, pa.Table] = OrderedDict()
        self._lock = threading.Lock()

    def rows(
        self, table: Table, folder: Path, files: Sequence[DataFile], first: datetime | None = None, last: datetime | None = None
    ) -> pa.Table:
        """The rows of these files whose windows start from `first` to `last`, both included (None: no bound).

        Times are UTC without a zone; the names that a row is known by come as places in a dictionary.
        """
        parts = [_between(self._rows_of(table, folder / file.path), first, last) for file in files]
        return pa.concat_tables(parts) if parts else local_times(_held_schema(table).empty_table())

    def forget(self, paths: Iterable[Path]) -> None:
        """Let go of these files: others have taken their place. Who still reads one reads it from the disk."""
        with self._lock:
            for path in paths:
                if (dropped := self._held.pop(path, None)) is not None:
                    self._bytes -= dropped.nbytes

    def _rows_of(self, table: Table, path: Path) -> pa.Table:
        with self._lock:
            if path in self._held:
                self._held.move_to_end(path)
                return self._held[path]
        rows = _read(table, path)
        with self._lock:
            if path not in self._held:
                self._held[path] = rows
                self._bytes += rows.nbytes
            self._shrink()
        return rows

    def _shrink(self) -> None:
        while self._bytes > self._max_bytes and len(self._held) > 1:
            _, dropped = self._held.popitem(last=False)
            self._bytes -= dropped.nbytes


def local_times(table: pa.Table) -> pa.Table:
    """The table with its times as UTC without a zone."""
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(i, field.name, table[field.name].cast(pa.timestamp("us")))
    return table


def _read(table: Table, path: Path) -> pa.Table:
    schema = _held_schema(table)
    names = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    rows = local_times(read_file(path, schema.names, names).select(schema.names).cast(schema))
    starts = _starts(rows)
    # The engines write it so; another writer of the table need not.
    ordered = rows if (starts[:-1] <= starts[1:]).all() else rows.sort_by(_START)
    return ordered.unify_dictionaries().combine_chunks()


@cache
def _held_schema(table: Table) -> pa.Schema:
    fields = ((field, field.name in table.key and pa.types.is_string(field.type)) for field in table.schema)
    return pa.schema([field.with_type(_NAMES) if is_name else field for field, is_name in fields])


def _between(rows: pa.Table, first: datetime | None, last: datetime | None) -> pa.Table:
    starts = _starts(rows)
    begin = 0 if first is None else _place(starts, first, "left")
    end = len(starts) if last is None else _place(starts, last, "right")
    return rows.slice(begin, max(0, end - begin))


def _starts(rows: pa.Table) -> np.ndarray:
    starts: np.ndarray = rows[_START].to_numpy()
    return starts


def _place(starts: np.ndarray, moment: datetime, side: Literal["left", "right"]) -> int:
    return int(np.searchsorted(starts, np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us"), side))
