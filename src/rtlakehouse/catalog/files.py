"""Gold in memory: the rows of each gold file, kept by file. Files never change, so nothing here ever goes stale."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.log import DataFile

__all__ = ["GoldFiles", "local_times"]


class GoldFiles:
    """Rows of gold files, those used last kept up to `max_bytes`. Thread-safe."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._held: OrderedDict[Path, pa.Table] = OrderedDict()
        self._lock = threading.Lock()

    def rows(self, table: Table, folder: Path, files: Sequence[DataFile]) -> pa.Table:
        """All rows of these files, times as UTC without a zone."""
        parts = [self._rows_of(table, folder / file.path) for file in files]
        return pa.concat_tables(parts) if parts else local_times(table.schema.empty_table())

    def _rows_of(self, table: Table, path: Path) -> pa.Table:
        with self._lock:
            if path in self._held:
                self._held.move_to_end(path)
                return self._held[path]
        rows = local_times(table.conform(pq.read_table(path, partitioning=None)))
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
