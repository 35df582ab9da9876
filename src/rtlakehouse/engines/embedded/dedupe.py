"""Exact deduplication: an index of the ids of the days that matter, and the rule of `dedupe.sql`.

The index only finds the few events that could be duplicates; the rule, in SQL that every engine runs, decides about those.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract.statement import Statement
from rtlakehouse.engines.embedded.hashed import HASH, HashedRows
from rtlakehouse.medallion.rounds import Rounds
from rtlakehouse.medallion.silver import DUPLICATES, EVENTS

__all__ = ["ID_COLUMNS", "Deduper", "Deduplicated"]

ID_COLUMNS = ("tenant_id", "event_id", "event_time", "source", "topic", "partition", "position")
_PLACE = ("tenant_id", "source", "topic", "partition")
_PLACES = pa.schema([EVENTS.schema.field(name) for name in _PLACE])
_DAY = timedelta(days=1)
_HASH_SQL = f"select hash(tenant_id, event_id) as {HASH} from events"

LoadDay = Callable[[date], Iterable[pa.Table]]


@dataclass(frozen=True)
class Deduplicated:
    """`kept`: the events that count. `duplicates`: rows of silver.duplicates. `ids`: the kept ones, for `Deduper.remember`."""

    kept: pa.Table
    duplicates: pa.Table
    ids: pa.Table


class Deduper:
    """Tells first events from duplicates. What it remembers is a cache of silver, loaded a day at a time by `load_day`.

    load_day: the `ID_COLUMNS` of the silver events of a UTC date, as of before the batch at hand, in parts.
    max_ids: ids held before the days not used for longest are dropped.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, window: timedelta, load_day: LoadDay, max_ids: int) -> None:
        self._hash = Statement(connection, _HASH_SQL)
        self._rounds = Rounds(connection, window)
        self._window = window
        self._load_day = load_day
        self._max_ids = max_ids
        self._days: OrderedDict[date, HashedRows] = OrderedDict()
        self._places = _Places()

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
        """What the index holds of events: `event_id`, `event_time`, `position`, the number of their `place`, and the hash."""
        ids = events.select(["event_id", "event_time", "position"]).append_column("place", self._places.of(events))
        return ids.append_column(HASH, self._hash(events=events.select(["tenant_id", "event_id"]))[HASH])

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
                found.append(self._same_tenant(ids.filter(near), index))
        if not found:
            return ids.schema.empty_table()
        # Several events of the batch find the same accepted one.
        return pa.concat_tables(found).group_by(ids.column_names).aggregate([])

    def _same_tenant(self, ids: pa.Table, index: HashedRows) -> pa.Table:
        """The rows of the index that have the tenant and the id of one of these."""
        found = index.find(ids, ("event_id",))
        theirs = self._places.tenants(ids["place"].take(pa.array(found.probe)))
        return found.rows.filter(pc.equal(self._places.tenants(found.rows["place"]), theirs))

    def _days_in_reach(self, ids: pa.Table) -> list[date]:
        days: set[date] = set()
        reach = -(-self._window // _DAY)
        for day in pc.unique(pc.cast(ids["event_time"], pa.date32())).to_pylist():
            days.update(_shifted(day, offset) for offset in range(-reach, reach + 1))
        return sorted(days)

    def _day(self, day: date) -> HashedRows:
        if day not in self._days:
            self._days[day] = HashedRows(self._ids(EVENTS.schema.empty_table()).schema)
            for events in self._load_day(day):
                self._days[day].add(self._ids(events))
        self._days.move_to_end(day)
        return self._days[day]

    def _decide(self, ids: pa.Table, suspects: pa.Array, matches: pa.Table) -> pa.Table:
        """The duplicates among the suspects: ordinal, and coordinates of the event that is kept."""
        candidates = self._spelled_out(ids.append_column("ordinal", pa.array(np.arange(len(ids)))).take(suspects))
        return self._rounds.duplicates(candidates, self._spelled_out(matches))

    def _spelled_out(self, ids: pa.Table) -> pa.Table:
        """The few rows that the rule decides about, as it reads them."""
        ids = ids.append_column("event_time_us", ids["event_time"].cast(pa.int64()))
        for name, values in self._places.columns(ids["place"]).items():
            ids = ids.append_column(name, values)
        return ids.drop_columns(["event_time", "place", HASH])


class _Places:
    """A number for each tenant, source, topic and partition: in ten million rows these would take half of the memory."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str, str, int], int] = {}

    def of(self, events: pa.Table) -> pa.Array:
        """The number of each event's place."""
        parts = [events[name].combine_chunks().dictionary_encode() for name in _PLACE]
        mixed = np.zeros(len(events), np.int64)
        for part in parts:
            mixed = mixed * len(part.dictionary) + part.indices.to_numpy()
        distinct = pa.array(mixed).dictionary_encode()
        numbers = [self._numbers.setdefault(place, len(self._numbers)) for place in _unmixed(distinct.dictionary, parts)]
        return pa.array(numbers, pa.int32()).take(distinct.indices)

    def tenants(self, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
        """The tenant of each of these places."""
        return self.columns(numbers)["tenant_id"]

    def columns(self, numbers: pa.ChunkedArray) -> dict[str, pa.ChunkedArray]:
        """The tenant, source, topic and partition of each of these places."""
        known = pa.Table.from_pylist([dict(zip(_PLACE, place, strict=True)) for place in self._numbers], _PLACES)
        return dict(zip(_PLACE, known.take(numbers).columns, strict=True))


def _unmixed(mixed: pa.Array, parts: list[pa.DictionaryArray]) -> Iterator[tuple[Any, ...]]:
    """The values that each number was mixed of."""
    rest = mixed.to_numpy()
    values = []
    for part in reversed(parts):
        rest, index = np.divmod(rest, max(1, len(part.dictionary)))
        values.append(part.dictionary.take(pa.array(index)).to_pylist())
    return zip(*reversed(values), strict=True)


def _suspects(ids: pa.Table, matches: pa.Table) -> pa.Array:
    """Ordinals of the events whose id (or a hash equal to its hash) is there more than once, in the batch or before it."""
    hashes = ids[HASH].to_numpy()
    order = np.argsort(hashes, kind="stable")
    same = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
    doubled = np.isin(hashes, matches[HASH].to_numpy()) if matches.num_rows else np.zeros(len(hashes), bool)
    doubled[order[same]] = True
    doubled[order[same + 1]] = True
    return pa.array(np.flatnonzero(doubled))


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
