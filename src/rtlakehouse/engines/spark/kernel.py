"""The row rules on Spark: the same `Refiner` as everywhere, called in every task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from rtlakehouse.contract.contract import load
from rtlakehouse.contract.floors import Floors
from rtlakehouse.contract.refine import Limits, Refiner
from rtlakehouse.engines.spark.hashes import HASH, with_hashes
from rtlakehouse.engines.spark.sharing import LARGE_BYTES, Results, columns_of, gathered, result, shared
from rtlakehouse.medallion import bronze

__all__ = ["BRONZE_VERSION", "VersionFile", "judged"]

# The bronze version that a record is from: the first part of its place in the order of arrival.
BRONZE_VERSION = "bronze_version"

_AT_ONCE = 50_000

# A file of bronze, below its table, and the version that it came with.
VersionFile = tuple[str, int]


def judged(
    session: SparkSession, table: Path, files: Sequence[Sequence[VersionFile]], limits: Limits, floors: Floors
) -> DataFrame:
    """What the row rules say of the records of these files, a task for each list of them. floors: of what is accepted.

    Results have what is `accepted`, each event with its hash, and `rejected`, as in `Refined`; and the accepted ones' `times` and
    hashes apart.
    """

    def judge(given: Sequence[VersionFile]) -> Results:
        for records in gathered(_records(table, given), _AT_ONCE):
            refined = _refiner(limits).refine(records, carried=(BRONZE_VERSION,), floors=floors)
            accepted = with_hashes(refined.accepted)
            yield result(accepted=accepted, rejected=refined.rejected, times=accepted.select([HASH, "event_time"]))

    return shared(session, files, judge, columns_of("accepted", "rejected", "times"))


def _records(table: Path, files: Sequence[VersionFile]) -> Iterator[pa.Table]:
    for path, version in files:
        file = pq.ParquetFile(table / path)
        for batch in file.iter_batches(batch_size=_batch_size(file.metadata)):
            records = bronze.EVENTS.conform(pa.Table.from_batches([batch]))
            yield records.append_column(BRONZE_VERSION, pa.array(np.full(len(records), version)))


def _batch_size(file: pq.FileMetaData) -> int:
    """So many records that they are no more than `LARGE_BYTES`, as far as a file's records are of one size."""
    size: int = sum(file.row_group(i).total_byte_size for i in range(file.num_row_groups)) // max(1, file.num_rows)
    return max(1, min(_AT_ONCE, LARGE_BYTES // max(1, size)))


@cache
def _refiner(limits: Limits) -> Refiner:
    """One for all tasks of a Python process, which has one at a time: to make it takes longer than to refine a small batch."""
    return Refiner(load(), limits)
