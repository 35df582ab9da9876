"""What a table's files come to, worked out file by file. Files never change, so each is worked out once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.catalog.files import local_times
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.silver import EVENTS, QUARANTINE
from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.data_files import read_file
from rtlakehouse.storage.log import DataFile

__all__ = ["LATE_EVENTS", "LEDGER_SUMS", "REASON_SUMS", "Digest", "FileDigests"]

# Ten million events are digested to 30 to 60 MB, whatever their table has on disk.
_KEPT_BYTES = 96 << 20
# Each kept table takes this much besides its values.
_OVERHEAD_BYTES = 4 << 10


@dataclass(frozen=True)
class Digest:
    """What is worked out of each file: the columns it takes, and how.

    encoded: columns that come as dictionaries. derived: for each column of the digest that the table has not, what it is made of.
    """

    name: str
    table: Table
    columns: tuple[str, ...]
    work_out: Callable[[pa.Table], pa.Table]
    encoded: tuple[str, ...] = ()
    derived: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def schema(self) -> pa.Schema:
        """Of what `work_out` takes."""
        return pa.schema([self._field(name) for name in self.columns])

    def _field(self, name: str) -> pa.Field:
        known = self.table.schema.field(name)
        return known.with_type(pa.dictionary(pa.int32(), known.type)) if name in self.encoded else known


class FileDigests:
    """The digests of a table's files, those used last kept up to `max_bytes`. Thread-safe."""

    def __init__(self, digest: Digest, folder: Path, max_bytes: int = _KEPT_BYTES) -> None:
        self._digest = digest
        self._folder = folder
        self._schema = digest.schema
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, pa.Table] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, files: Sequence[DataFile]) -> pa.Table:
        """The digests of these files, one after the other, times as UTC without a zone."""
        parts = [self._of_file(file.path) for file in files] or [self._worked_out(self._schema.empty_table())]
        # The places of a dictionary may be wider in one file than in another.
        return pa.concat_tables(parts, promote_options="permissive")

    def work_ahead(self, files: Sequence[DataFile]) -> bool:
        """Work out the first of these files that is due; whether there was one."""
        due = self.due(files)
        if due is not None:
            self._of_file(due.path)
        return due is not None

    def due(self, files: Sequence[DataFile]) -> DataFile | None:
        """The first of these files that is not kept; None where all are, or where those before it fill half of the room."""
        taken = 0
        for file in files:
            with self._lock:
                kept = self._kept.get(file.path)
            if kept is None:
                return file
            taken += _size(kept)
            if taken > self._max_bytes // 2:
                break
        return None

    def _of_file(self, path: str) -> pa.Table:
        with self._lock:
            if path in self._kept:
                self._kept.move_to_end(path)
                return self._kept[path]
        # A column that came after the file was written is not in it.
        rows = read_file(self._folder / path, self._digest.columns, self._digest.encoded)
        found = self._worked_out(_with_all(rows, self._schema))
        with self._lock:
            if path not in self._kept:
                self._kept[path] = found
                self._bytes += _size(found)
            while self._bytes > self._max_bytes and len(self._kept) > 1:
                self._bytes -= _size(self._kept.popitem(last=False)[1])
        return found

    def _worked_out(self, rows: pa.Table) -> pa.Table:
        return local_times(self._digest.work_out(rows))


def _with_all(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """With columns of nulls in place of those that came after the file was written."""
    there = rows.column_names
    return pa.table([rows[f.name] if f.name in there else pa.nulls(len(rows), f.type) for f in schema], schema.names).cast(schema)


def _size(kept: pa.Table) -> int:
    return int(kept.nbytes) + _OVERHEAD_BYTES


_PLACE = ["tenant_id", "source", "topic", "partition"]
_EXPIRED = ["expired", "accepted_expired", "duplicates_expired", "quarantined_expired"]
_ADDED = ["received", "accepted", "duplicates", "quarantined", "late", *_EXPIRED]
_AGGREGATES = [
    ("first_position", "min"),
    ("last_position", "max"),
    *((name, "sum") for name in _ADDED),
    ("committed_at", "max"),
    ("expired_at", "max"),
]
_NAMES = [*_PLACE, "first_position", "last_position", *_ADDED, "committed_at", "expired_at"]


def _added_up(rows: pa.Table) -> pa.Table:
    found = rows.group_by(_PLACE).aggregate(_AGGREGATES)
    return found.select([*_PLACE, *(f"{name}_{how}" for name, how in _AGGREGATES)]).rename_columns(_NAMES)


def _by_reason(rows: pa.Table) -> pa.Table:
    tenants = rows["tenant_id"].take(pc.list_parent_indices(rows["reasons"]))
    each = pa.table({"tenant_id": tenants, "reason": pc.list_flatten(rows["reasons"])})
    counted = each.group_by(["tenant_id", "reason"]).aggregate([([], "count_all")])
    return counted.rename_columns(["tenant_id", "reason", "records"])


def _late(rows: pa.Table) -> pa.Table:
    return rows.filter(rows["is_late"]).select(["tenant_id", "event_time", "received_at"])


# A row for each file and source partition: its place, positions from and to, counts, newest commit, and when any was let go.
LEDGER_SUMS = Digest("ledger", LEDGER, tuple(_NAMES), _added_up)
# A row for each file, tenant and reason: how many quarantined records have it.
REASON_SUMS = Digest("reasons", QUARANTINE, ("tenant_id", "reasons"), _by_reason)
# The late events themselves, for they are few: when they happened and when they were received.
LATE_EVENTS = Digest("late", EVENTS, ("tenant_id", "event_time", "received_at", "is_late"), _late)
