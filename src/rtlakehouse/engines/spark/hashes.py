"""A hash of an event's id, by which the few that may be there more than once are found, and an index of those of a file.

An index is made when a file is first looked at, and kept beside the lake's other caches: hashes in order, and the row of each. A
file never changes, so its index is right for as long as there is the file.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from rtlakehouse.contract.statement import Statement, connected
from rtlakehouse.storage.durable import sync_paths

__all__ = ["HASH", "HASHED", "Hashes", "Indexes", "Numbers", "with_hashes"]

HASH = "hash"
HASHED = ("tenant_id", "event_id")

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]

_HASH_BYTES, _ROW_BYTES = 8, 4


def with_hashes(events: pa.Table) -> pa.Table:
    """The events with the `HASH` of what is `HASHED`. Two ids may have the same."""
    return events.append_column(HASH, _hashing()(events=events.select(HASHED))[HASH])


@cache
def _hashing() -> Statement:
    """One for all tasks of a Python process, which has one at a time."""
    return Statement(connected(), f"select hash({', '.join(HASHED)}) as {HASH} from events")


@dataclass(frozen=True)
class Indexes:
    """The indexes of a table's files. A DuckDB of another version may hash otherwise, and has a folder of its own."""

    table: Path
    folder: Path

    @classmethod
    def of(cls, table: Path, caches: Path) -> Indexes:
        found = cls(table, caches / f"hashes-{version('duckdb')}")
        found.folder.mkdir(parents=True, exist_ok=True)
        return found

    def rows(self, path: str, count: int, hashes: Hashes) -> Numbers:
        """The rows of a file, of which there are so many, that have one of these hashes, in order."""
        index = self._index(path, count)
        found = np.memmap(index, np.uint64, "r", 0, count)
        rows = np.memmap(index, np.uint32, "r", count * _HASH_BYTES, count)
        first, last = np.searchsorted(found, hashes, "left"), np.searchsorted(found, hashes, "right")
        spans = [rows[begin:end] for begin, end in zip(first[last > first], last[last > first], strict=True)]
        return np.sort(np.concatenate([np.empty(0, np.int64), *spans]))

    def keep(self, paths: Iterable[str]) -> None:
        """Remove those of other files."""
        kept = {_name(path) for path in paths}
        for found in self.folder.iterdir():
            if found.name not in kept:
                found.unlink(missing_ok=True)

    def _index(self, path: str, count: int) -> Path:
        """The file of an index, made where it is not there, or is not whole."""
        place = self.folder / _name(path)
        if not place.exists() or place.stat().st_size != count * (_HASH_BYTES + _ROW_BYTES):
            file = pq.ParquetFile(self.table / path)
            groups = (file.read_row_group(group, list(HASHED)) for group in range(file.num_row_groups))
            hashes = np.concatenate([with_hashes(ids)[HASH].to_numpy() for ids in groups])
            rows = np.argsort(hashes)
            made = self.folder / f"{uuid.uuid4().hex}.tmp"
            made.write_bytes(hashes[rows].tobytes() + rows.astype(np.uint32).tobytes())
            sync_paths([made])
            made.replace(place)
        return place


def _name(path: str) -> str:
    return f"{quote(path, safe='')}.index"
