"""Exact deduplication on Spark: tasks find what may be there more than once, by hashes; `dedupe.sql` decides about that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from rtlakehouse.contract.statement import connected
from rtlakehouse.engines.spark.hashes import HASH, HASHED, Hashes, Indexes, Numbers, with_hashes
from rtlakehouse.engines.spark.kernel import BRONZE_VERSION
from rtlakehouse.engines.spark.sharing import Results, collected, columns_of, result, shared, tables
from rtlakehouse.medallion.rounds import Rounds
from rtlakehouse.medallion.silver import DUPLICATES, EVENTS
from rtlakehouse.storage.log import DataFile

__all__ = ["PLACE", "Deduper"]

_COORDINATES = ("source", "topic", "partition", "position")
PLACE = ("tenant_id", *_COORDINATES)
# The columns that say which event is kept in place of a duplicate.
_KEPT = tuple(f"kept_{name}" for name in _COORDINATES)

_READ = pa.schema([EVENTS.schema.field(name) for name in (*HASHED, *_COORDINATES, "event_time")])
_EARLIER = _READ.append(pa.field(HASH, pa.uint64()))
_FOUND = pa.schema([DUPLICATES.schema.field(name) for name in (*PLACE, *_KEPT)])
_IDS = columns_of("ids")


class Deduper:
    """Tasks look, the driver decides: about as many events as may be duplicates. Used by one thread at a time.

    none: what `duplicates` gives where there are none.
    """

    def __init__(self, session: SparkSession, window: timedelta, silver: Indexes) -> None:
        self._session = session
        self._silver = silver
        self._rounds = Rounds(connected(), window)
        self.none = _FOUND.empty_table()

    def duplicates(self, judged: DataFrame, hashes: Hashes, files: Sequence[Sequence[DataFile]]) -> pa.Table:
        """The `PLACE` of each accepted event that is not the first of its id, and which event is kept in its place.

        hashes: of all the accepted events of what is `judged`. files: those of silver that may have an event of one of the ids, a
        list for each task; events that are too far in time to matter may be among them.
        """
        earlier = self._earlier(files, hashes)
        suspects = np.union1d(_doubled(hashes), earlier[HASH].to_numpy())
        if not len(suspects):
            return self.none
        found = collected(judged.mapInArrow(_picking(suspects), _IDS))
        arrived = pa.concat_tables(tables(found, "ids")).sort_by(
            [(name, "ascending") for name in (BRONZE_VERSION, *_COORDINATES)]
        )
        candidates = _as_told(arrived).append_column("ordinal", pa.array(np.arange(len(arrived))))
        return _placed(arrived, self._rounds.duplicates(candidates, _as_told(earlier)))

    def _earlier(self, files: Sequence[Sequence[DataFile]], hashes: Hashes) -> pa.Table:
        named = [[(file.path, file.rows) for file in share] for share in files]
        found = collected(shared(self._session, named, _looking(self._silver, np.unique(hashes)), _IDS)) if named else []
        return pa.concat_tables([_EARLIER.empty_table(), *tables(found, "ids")])


def _looking(silver: Indexes, hashes: Hashes) -> Callable[[Sequence[tuple[str, int]]], Results]:
    """A function from files, each with how many rows it has, to those of their events that have one of the hashes."""

    def look(files: Sequence[tuple[str, int]]) -> Results:
        for path, count in files:
            if len(rows := silver.rows(path, count, hashes)):
                yield result(ids=with_hashes(_rows_of(pq.ParquetFile(silver.table / path), rows)))

    return look


def _rows_of(file: pq.ParquetFile, rows: Numbers) -> pa.Table:
    """These rows, of which only the row groups are read that have any."""
    counts = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    ends = np.cumsum(counts)
    found = [_READ.empty_table()]
    for group, (end, count) in enumerate(zip(ends, counts, strict=True)):
        within = rows[(rows >= end - count) & (rows < end)] - (end - count)
        if len(within):
            found.append(file.read_row_group(group, _READ.names).select(_READ.names).take(pa.array(within)).cast(_READ))
    return pa.concat_tables(found)


def _picking(hashes: Hashes) -> Callable[[Results], Results]:
    """A function from what is judged to those of the accepted events that have one of the hashes."""

    def pick(judged: Results) -> Results:
        for accepted in tables(judged, "accepted"):
            found = accepted.filter(pc.is_in(accepted[HASH], pa.array(hashes)))
            yield result(ids=found.select([*_READ.names, BRONZE_VERSION]))

    return pick


def _doubled(hashes: Hashes) -> Hashes:
    """Those that are there more than once."""
    ordered = np.sort(hashes)
    found: Hashes = ordered[1:][ordered[1:] == ordered[:-1]]
    return found


def _as_told(events: pa.Table) -> pa.Table:
    """The events as the rule is told of them."""
    ids = events.select([*HASHED, *_COORDINATES])
    return ids.append_column("event_time_us", events["event_time"].cast(pa.int64()))


def _placed(arrived: pa.Table, found: pa.Table) -> pa.Table:
    places = arrived.select(PLACE).take(found["ordinal"])
    for name in _KEPT:
        places = places.append_column(name, found[name])
    return places.cast(_FOUND)
