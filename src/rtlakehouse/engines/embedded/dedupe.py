"""Exact deduplication: an index of the ids of the days that matter, and the rule of `dedupe.sql`.

The index only finds the few events that could be duplicates; the rule, in SQL that every engine runs, decides about those.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract.statement import Statement
from rtlakehouse.engines.embedded.hashed import HASH, HashedRows
from rtlakehouse.medallion.rounds import Rounds
from rtlakehouse.medallion.silver import DUPLICATES

__all__ = ["ID_COLUMNS", "Deduper", "Deduplicated"]

ID_COLUMNS = ("tenant_id", "event_id", "event_time", "source", "topic", "partition", "position")
_EQUAL_ON = ("tenant_id", "event_id")
_REPEATING = ("tenant_id", "source", "topic")
_DAY = timedelta(days=1)
_HASH_SQL = f"select hash(tenant_id, event_id) as {HASH} from events"

LoadDay = Callable[[date], pa.Table]


@dataclass(frozen=True)
class Deduplicated:
    """`kept`: the events that count. `duplicates`: rows of silver.duplicates. `ids`: the kept ones, for `Deduper.remember`."""

    kept: pa.Table
    duplicates: pa.Table
    ids: pa.Table


class Deduper:
    """Tells first events from duplicates. What it remembers is a cache of silver, loaded a day at a time by `load_day`.

    load_day: the `ID_COLUMNS` of the silver events of a UTC date, as of before the batch at hand.
    max_ids: ids held before the days not used for longest are dropped.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, window: timedelta, load_day: LoadDay, max_ids: int) -> None:
        self._hash = Statement(connection, _HASH_SQL)
        self._rounds = Rounds(connection, window)
        self._window = window
        self._load_day = load_day
        self._max_ids = max_ids
        self._days: OrderedDict[date, HashedRows] = OrderedDict()
        self._codes = _Codes()

    def split(self, events: pa.Table) -> Deduplicated:
        """Decide about events in their order of arrival. Remembers nothing: see `remember`."""
        ids = self._ids(events)
        matches = self._accepted_before(ids)
        suspects = _suspects(ids, matches)
        if not len(suspects):
            return Deduplicated(events, DUPLICATES.schema.empty_table(), ids)
        fates = self._decide(ids, suspects, matches)
        keep = np.ones(len(ids), bool)
        keep[fates["ordinal"].to_numpy()] = False
        mask = pa.array(keep)
        return Deduplicated(events.filter(mask), _duplicate_rows(events, fates), ids.filter(mask))

    def remember(self, deduplicated: Deduplicated) -> None:
        """Count the kept events of a batch as accepted: call it once they are committed."""
        for day, ids in _by_day(deduplicated.ids):
            if day in self._days:
                self._days[day].add(ids)
        while len(self._days) > 3 and sum(rows.count for rows in self._days.values()) > self._max_ids:
            self._days.popitem(last=False)

    def _ids(self, events: pa.Table) -> pa.Table:
        columns = events.select(list(ID_COLUMNS))
        hashes = self._hash(events=columns.select(list(_EQUAL_ON)))[HASH]
        for name in _REPEATING:
            columns = columns.set_column(columns.column_names.index(name), name, self._codes.of(columns[name]))
        return columns.append_column(HASH, hashes)

    def _accepted_before(self, ids: pa.Table) -> pa.Table:
        """Accepted events with an id of the batch, from every day that the window reaches from the batch's events."""
        found = []
        dates = pc.cast(ids["event_time"], pa.date32())
        for day in self._days_in_reach(ids):
            index = self._day(day)
            reach = -(-self._window // _DAY)
            near = pc.and_(
                pc.greater_equal(dates, pa.scalar(_shifted(day, -reach))), pc.less_equal(dates, pa.scalar(_shifted(day, reach)))
            )
            if index.count:
                found.append(index.find(ids.filter(near), _EQUAL_ON).rows)
        if not found:
            return ids.schema.empty_table()
        # Several events of the batch find the same accepted one.
        return pa.concat_tables(found).group_by(ids.column_names).aggregate([])

    def _days_in_reach(self, ids: pa.Table) -> list[date]:
        days: set[date] = set()
        reach = -(-self._window // _DAY)
        for day in pc.unique(pc.cast(ids["event_time"], pa.date32())).to_pylist():
            days.update(_shifted(day, offset) for offset in range(-reach, reach + 1))
        return sorted(days)

    def _day(self, day: date) -> HashedRows:
        if day not in self._days:
            loaded = self._ids(self._load_day(day))
            self._days[day] = HashedRows(loaded.schema)
            self._days[day].add(loaded)
        self._days.move_to_end(day)
        return self._days[day]

    def _decide(self, ids: pa.Table, suspects: pa.Array, matches: pa.Table) -> pa.Table:
        """The duplicates among the suspects: ordinal, and coordinates of the event that is kept."""
        candidates = _times_in_us(ids.append_column("ordinal", pa.array(np.arange(len(ids)))).take(suspects))
        accepted = _times_in_us(matches)
        return self._named(self._rounds.duplicates(candidates, accepted))

    def _named(self, kept: pa.Table) -> pa.Table:
        for name in ("kept_source", "kept_topic"):
            kept = kept.set_column(kept.column_names.index(name), name, self._codes.texts(kept[name]))
        return kept


class _Codes:
    """A small number for each text that repeats in row after row: in ten million rows they would take a third of the memory."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def of(self, texts: pa.ChunkedArray) -> pa.Array:
        encoded = texts.combine_chunks().dictionary_encode()
        codes = [self._codes.setdefault(text, len(self._codes)) for text in encoded.dictionary.to_pylist()]
        return pa.array(codes, pa.int32()).take(encoded.indices)

    def texts(self, codes: pa.ChunkedArray) -> pa.ChunkedArray:
        return pa.chunked_array([pa.array(self._codes, pa.string())]).take(codes)


def _suspects(ids: pa.Table, matches: pa.Table) -> pa.Array:
    """Ordinals of the events whose id (or a hash equal to its hash) is there more than once, in the batch or before it."""
    hashes = ids[HASH].to_numpy()
    order = np.argsort(hashes, kind="stable")
    same = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
    doubled = np.isin(hashes, matches[HASH].to_numpy()) if matches.num_rows else np.zeros(len(hashes), bool)
    doubled[order[same]] = True
    doubled[order[same + 1]] = True
    return pa.array(np.flatnonzero(doubled))


def _times_in_us(ids: pa.Table) -> pa.Table:
    return ids.append_column("event_time_us", ids["event_time"].cast(pa.int64())).drop_columns(["event_time", HASH])


def _by_day(ids: pa.Table) -> list[tuple[date, pa.Table]]:
    dates = pc.cast(ids["event_time"], pa.date32())
    return [(day, ids.filter(pc.equal(dates, pa.scalar(day)))) for day in pc.unique(dates).to_pylist()]


def _shifted(day: date, days: int) -> date:
    """So many days later, but no earlier than the first day there is and no later than the last."""
    return date.fromordinal(min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal()))


def _duplicate_rows(events: pa.Table, fates: pa.Table) -> pa.Table:
    rows = events.take(fates["ordinal"])
    for name in ("kept_source", "kept_topic", "kept_partition", "kept_position"):
        rows = rows.append_column(name, fates[name])
    return DUPLICATES.conform(rows)
