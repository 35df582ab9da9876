"""What is to go of a table because it is not kept any longer, and how the ledger counts that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.silver import DUPLICATES, EVENTS, QUARANTINE
from rtlakehouse.mending.exchanging import written
from rtlakehouse.mending.view import PLACE, View
from rtlakehouse.storage.log import DataFile

__all__ = ["ACCOUNTS", "Going", "Partition", "by_partition", "gone", "ordered", "with_gone"]

# Where the ledger counts what went of a table: all of it, or that of which a column is true.
_COUNTED: dict[str, dict[str, str | None]] = {
    BRONZE.name: {"expired": None},
    QUARANTINE.name: {"quarantined_expired": None},
    EVENTS.name: {"accepted_expired": None, "late_expired": "is_late"},
    DUPLICATES.name: {"duplicates_expired": None},
}
ACCOUNTS = ("tenant_id", *PLACE[:3], "first_position", "last_position")


class Partition(NamedTuple):
    """A tenant's part of a source partition, as the ledger has it."""

    tenant_id: str
    source: str
    topic: str
    partition: int


@dataclass
class Going:
    """Files that go and come of a table, written and not yet committed.

    records: how many go, by tenant. positions: of which, by the ledger's column that counts them. progress: of the commit.
    """

    table: str
    progress: Mapping[str, int] = field(default_factory=dict)
    removes: list[str] = field(default_factory=list)
    whole: int = 0
    bytes: int = 0
    adds: tuple[str, ...] = ()
    records: Counter[str] = field(default_factory=Counter)
    positions: dict[str, dict[Partition, list[np.ndarray]]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return self.records.total()

    def take(self, view: View, file: DataFile, seen: pa.Table, going: pa.ChunkedArray, dry_run: bool) -> None:
        """Have those rows of a file go; seen: what of its columns says whose and which they are."""
        rows = seen.filter(going)
        if not rows.num_rows:
            return
        self.removes.append(file.path)
        self.records.update({row["values"]: row["counts"] for row in pc.value_counts(rows["tenant_id"]).to_pylist()})
        self.bytes += file.size_bytes * rows.num_rows // seen.num_rows
        for column, only in _COUNTED.get(self.table, {}).items():
            counted = self.positions.setdefault(column, {})
            for partition, (positions, _) in by_partition(rows if only is None else rows.filter(rows[only]), "position"):
                counted.setdefault(partition, []).append(positions)
        if rows.num_rows == seen.num_rows:
            self.whole += 1
        elif not dry_run:
            self.adds += written(view, self.table, view.rows(self.table, [file]).filter(pc.invert(going)))


def by_partition(rows: pa.Table, *columns: str) -> Iterator[tuple[Partition, list[np.ndarray]]]:
    """For each tenant and source partition of these rows: the values of columns, and at last the rows' own places."""
    wanted = (*columns, "ordinal")
    numbered = rows.select([*Partition._fields, *columns]).append_column("ordinal", pa.array(np.arange(len(rows))))
    found = numbered.group_by(list(Partition._fields), use_threads=False).aggregate([(name, "list") for name in wanted])
    for number in range(len(found)):
        partition = Partition(*(found[name][number].as_py() for name in Partition._fields))
        yield partition, [found[f"{name}_list"][number].values.to_numpy() for name in wanted]


def ordered(positions: Mapping[Partition, Sequence[np.ndarray]]) -> dict[Partition, np.ndarray]:
    """The positions in each partition, in their order."""
    return {partition: np.sort(np.concatenate(parts)) for partition, parts in positions.items()}


def gone(ledger: pa.Table, positions: Mapping[Partition, np.ndarray]) -> np.ndarray:
    """For each row of the ledger, how many of these positions, which are in order, it accounts for. ledger: its `ACCOUNTS`."""
    counts = np.zeros(len(ledger), np.int64)
    for partition, (first, last, rows) in by_partition(ledger, "first_position", "last_position"):
        if (found := positions.get(partition)) is not None:
            counts[rows] = np.searchsorted(found, last, "right") - np.searchsorted(found, first)
    return counts


def with_gone(ledger: pa.Table, counts: Mapping[str, np.ndarray], now: datetime) -> pa.Table:
    """Rows of the ledger with so many more records in these columns, by now."""
    touched = pa.array(np.any([found > 0 for found in counts.values()], axis=0))
    new = {column: pc.add(pc.fill_null(ledger[column], 0), pa.array(found)) for column, found in counts.items()}
    new["expired_at"] = pa.scalar(now, LEDGER.schema.field("expired_at").type)
    for name, values in new.items():
        column = LEDGER.schema.field(name)
        ledger = ledger.set_column(ledger.schema.get_field_index(name), column, pc.if_else(touched, values, ledger[name]))
    return ledger
