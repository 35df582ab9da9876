"""What batches appended to a table, commit by commit and row by row, in an order that holds: files never change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import Commit, DataFile, entries, read_commit

__all__ = ["Appended", "Appends", "Lost"]

_BATCH = "bronze_upto"
# Many clients follow the same commits; of each only what was appended is kept.
_KEPT_COMMITS = 2_000
# A batch's file is small while events trickle in, and then read once for all clients; larger ones are read in pieces by each.
_SMALL_ROWS = 5_000
_KEPT_FILES = 32


@dataclass(frozen=True)
class Appended:
    """A version in which a batch appended rows. batch: the bronze version up to which it went."""

    table: str
    version: int
    batch: int
    files: tuple[DataFile, ...]

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)


@dataclass(frozen=True)
class Lost:
    """Versions of a table, the last one included, of which it is no longer known what they appended."""

    table: str
    first: int
    last: int


class Appends:
    """Reads what was appended. Thread-safe."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._commits: OrderedDict[tuple[str, int], Appended | None] = OrderedDict()
        self._files: OrderedDict[tuple[str, tuple[str, ...]], pa.Table] = OrderedDict()
        self._lock = threading.Lock()

    def between(self, table: str, first: int, last: int) -> Iterator[Appended | Lost]:
        """What the versions from `first` to `last` appended, in order, and which of them are lost; upkeep is left out."""
        version = first
        while version <= last:
            key = (table, version)
            with self._lock:
                known, found = key in self._commits, self._commits.get(key)
            if not known:
                commit = read_commit(self._lake.path(table), version)
                if commit is None:
                    kept = self._next_kept(table, version, last)
                    yield Lost(table, version, kept - 1)
                    version = kept
                    continue
                found = self._keep(key, commit)
            if found is not None:
                yield found
            version += 1

    def rows(self, found: Appended, first: int, columns: Sequence[str], size: int) -> Iterator[tuple[int, pa.Table]]:
        """Its rows from the `first` one on, at most `size` at a time, each with the number of the first of them.

        Raises FileNotFoundError where they were vacuumed.
        """
        start = 0
        for file in found.files:
            if first < start + file.rows:
                skipped = max(0, first - start)
                for offset, rows in self._rows_of(found.table, file, skipped, columns, size):
                    yield start + offset, rows
            start += file.rows

    def _keep(self, key: tuple[str, int], commit: Commit) -> Appended | None:
        found = None
        if _BATCH in commit.metadata and commit.adds:
            files = tuple(DataFile(file.path, file.size_bytes, file.rows) for file in commit.adds)
            found = Appended(key[0], key[1], commit.metadata[_BATCH], files)
        with self._lock:
            self._commits[key] = found
            while len(self._commits) > _KEPT_COMMITS:
                self._commits.popitem(last=False)
        return found

    def _next_kept(self, table: str, version: int, last: int) -> int:
        """The next version whose commit the log has; the one after `last` where there is none before."""
        return min((kept for kept in entries(self._lake.path(table)) if version < kept <= last), default=last + 1)

    def _rows_of(
        self, table: str, file: DataFile, first: int, columns: Sequence[str], size: int
    ) -> Iterator[tuple[int, pa.Table]]:
        path = self._lake.path(table) / file.path
        if file.rows <= _SMALL_ROWS:
            whole = self._small(str(path), tuple(columns))
            yield from ((offset, whole.slice(offset, size)) for offset in range(first, whole.num_rows, size))
            return
        offset = 0
        with pq.ParquetFile(path) as opened:
            for piece in opened.iter_batches(size, columns=_there(opened, columns)):
                rows = pa.Table.from_batches([piece])
                if first < offset + rows.num_rows:
                    skipped = max(0, first - offset)
                    yield offset + skipped, rows.slice(skipped)
                offset += rows.num_rows

    def _small(self, path: str, columns: tuple[str, ...]) -> pa.Table:
        key = (path, columns)
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
                return self._files[key]
        with pq.ParquetFile(path) as opened:
            rows = opened.read(columns=_there(opened, columns))
        with self._lock:
            self._files[key] = rows
            while len(self._files) > _KEPT_FILES:
                self._files.popitem(last=False)
        return rows


def _there(opened: pq.ParquetFile, columns: Sequence[str]) -> list[str]:
    """The columns that a file has: one of an older contract lacks later ones."""
    names = set(opened.schema_arrow.names)
    return [name for name in columns if name in names]
