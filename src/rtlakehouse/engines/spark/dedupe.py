"""Exact deduplication on Spark: the ids of a batch against those that silver has in reach, decided by `dedupe.sql`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as f

from rtlakehouse.contract.statement import connected
from rtlakehouse.engines.spark.kernel import BRONZE_VERSION
from rtlakehouse.engines.spark.types import ddl
from rtlakehouse.medallion.rounds import Rounds
from rtlakehouse.medallion.silver import DUPLICATES

__all__ = ["KEPT", "PLACE", "READS", "duplicates"]

PLACE = ("tenant_id", "source", "topic", "partition", "position")

_SAME = ["tenant_id", "event_id"]
_COORDINATES = ("source", "topic", "partition", "position")
_ID = (*_SAME, *_COORDINATES, "event_time_us")
# The columns of silver.events that are looked at, and those that say which event is kept in place of a duplicate.
READS = (*_SAME, *_COORDINATES, "event_time")
KEPT = tuple(f"kept_{name}" for name in _COORDINATES)
_FOUND = pa.schema([DUPLICATES.schema.field(name) for name in (*PLACE, *KEPT)])

Batches = Iterable[pa.RecordBatch]


def duplicates(events: DataFrame, silver: DataFrame, window: timedelta) -> DataFrame:
    """The `PLACE` of each of the accepted `events` that is not the first of its id, and which event is `KEPT` in its place.

    silver: events that were accepted before; those too far from the batch to matter may be among them.
    """
    ids = _ids(events, BRONZE_VERSION)
    hashes = ids.select(f.xxhash64(*_SAME).alias("hash"))
    earlier = _ids(silver).join(f.broadcast(hashes), f.xxhash64(*_SAME) == f.col("hash"), "left_semi")
    every = ids.unionByName(earlier, allowMissingColumns=True)
    repeated = every.withColumn("copies", f.count("*").over(Window.partitionBy(*_SAME))).where("copies > 1")
    # All copies of an id are in one part of these, so each part is decided for itself.
    return repeated.select(*_ID, BRONZE_VERSION).mapInArrow(_deciding(window), ddl(_FOUND))


def _ids(events: DataFrame, *also: str) -> DataFrame:
    return events.withColumn("event_time_us", f.unix_micros("event_time")).select(*_ID, *also)


def _deciding(window: timedelta) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """A function from ids, the new ones with their `BRONZE_VERSION`, to rows of `_FOUND`."""

    def decide(batches: Batches) -> Iterator[pa.RecordBatch]:
        if parts := list(batches):
            ids = pa.Table.from_batches(parts)
            is_new = pc.is_valid(ids[BRONZE_VERSION])
            arrived = ids.filter(is_new).sort_by([(name, "ascending") for name in (BRONZE_VERSION, *_COORDINATES)])
            candidates = arrived.select(_ID).append_column("ordinal", pa.array(np.arange(len(arrived))))
            found = _rounds(window).duplicates(candidates, ids.filter(pc.invert(is_new)).select(_ID))
            yield from _placed(arrived, found).to_batches()

    return decide


@cache
def _rounds(window: timedelta) -> Rounds:
    """One for all tasks of a Python process, which has one at a time."""
    return Rounds(connected(), window)


def _placed(arrived: pa.Table, found: pa.Table) -> pa.Table:
    places = arrived.select(PLACE).take(found["ordinal"])
    for name in KEPT:
        places = places.append_column(name, found[name])
    return places.cast(_FOUND)
