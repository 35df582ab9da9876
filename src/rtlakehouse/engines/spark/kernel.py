"""The row rules on Spark: the same `Refiner` as everywhere, called on every partition of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract.contract import load
from rtlakehouse.contract.refine import Limits, Refiner
from rtlakehouse.medallion.silver import EVENTS, QUARANTINE

__all__ = ["BRONZE_VERSION", "FILE", "JUDGED", "judging"]

# The name of the file that a record is read from.
FILE = "file"
# The bronze version that a record is from: the first part of its place in the order of arrival.
BRONZE_VERSION = "bronze_version"

# Accepted and rejected records as rows of one shape, which is all that Spark's `mapInArrow` has; `reasons` tells them apart.
JUDGED = pa.schema(
    [*EVENTS.schema, *(QUARANTINE.schema.field(name) for name in ("raw", "reasons")), pa.field(BRONZE_VERSION, pa.int64())]
)

Batches = Iterable[pa.RecordBatch]


def judging(limits: Limits, versions: Mapping[str, int]) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """A function from bronze records, each with its `FILE`, to rows of `JUDGED`. versions: of bronze, by the name of the file."""
    names, numbers = pa.array(versions.keys(), pa.string()), pa.array(versions.values(), pa.int64())

    def judge(batches: Batches) -> Iterator[pa.RecordBatch]:
        refiner = _refiner(limits)
        for batch in batches:
            records = pa.Table.from_batches([batch])
            version = numbers.take(pc.index_in(records[FILE].combine_chunks(), names))
            refined = refiner.refine(records.append_column(BRONZE_VERSION, version), carried=(BRONZE_VERSION,))
            for part in (refined.accepted, refined.rejected):
                yield from _as_judged(part).to_batches()

    return judge


@cache
def _refiner(limits: Limits) -> Refiner:
    """One for all tasks of a Python process, which has one at a time: to make it takes longer than to refine a small batch."""
    return Refiner(load(), limits)


def _as_judged(part: pa.Table) -> pa.Table:
    columns = [part[f.name] if f.name in part.column_names else pa.nulls(len(part), f.type) for f in JUDGED]
    return pa.table(columns, names=JUDGED.names).cast(JUDGED)
