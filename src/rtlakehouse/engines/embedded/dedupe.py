"""Exact deduplication: an index of the ids of the days that matter, and the rule of `dedupe.sql`.

The index only finds the few events that could be duplicates; the rule, in SQL that every engine runs, decides about those.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse import medallion
from rtlakehouse.engines.embedded.hashed import HASH, HashedRows
from rtlakehouse.engines.embedded.relations import relation
from rtlakehouse.medallion.silver import DUPLICATES

__all__ = ["ID_COLUMNS", "Deduper", "Deduplicated"]

ID_COLUMNS = ("tenant_id", "event_id", "event_time", "source", "topic", "partition", "position")
_EQUAL_ON = ("tenant_id", "event_id")
_DAY = timedelta(days=1)
_RULE = resources.files(medallion).joinpath("sql", "dedupe.sql").read_text("utf-8")
_HASH_SQL = f"select hash(tenant_id, event_id) as {HASH} from events"
_US = timedelta(microseconds=1)

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
        self._connection = connection
        self._window = window
        self._load_day = load_day
        self._max_ids = max_ids
        self._days: OrderedDict[date, HashedRows] = OrderedDict()

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
        with relation(self._connection, events=columns.select(list(_EQUAL_ON))):
            hashes = self._connection.sql(_HASH_SQL).to_arrow_table()[HASH]
        return columns.append_column(HASH, hashes)

    def _accepted_before(self, ids: pa.Table) -> pa.Table:
        """Accepted events with an id of the batch, from every day that the window reaches from the batch's events."""
        found = []
        dates = pc.cast(ids["event_time"], pa.date32())
        for day in self._days_in_reach(ids):
            index = self._day(day)
            reach = -(-self._window // _DAY)
            near = pc.and_(
                pc.greater_equal(dates, pa.scalar(day - reach * _DAY)), pc.less_equal(dates, pa.scalar(day + reach * _DAY))
            )
            found.append(index.find(ids.filter(near), _EQUAL_ON).rows if index.count else ids.schema.empty_table())
        return pa.concat_tables(found) if found else ids.schema.empty_table()

    def _days_in_reach(self, ids: pa.Table) -> list[date]:
        days: set[date] = set()
        reach = -(-self._window // _DAY)
        for day in pc.unique(pc.cast(ids["event_time"], pa.date32())).to_pylist():
            days.update(day + offset * _DAY for offset in range(-reach, reach + 1) if _exists(day, offset))
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
        duplicates = []
        rules = pa.table({"dedupe_window_us": [self._window // _US]})
        while candidates.num_rows:
            with relation(self._connection, candidates=candidates, accepted=accepted, rules=rules):
                fates = self._connection.sql(_RULE).to_arrow_table()
                with relation(self._connection, fates=fates):
                    duplicates.append(self._connection.sql(_KEPT_SQL).to_arrow_table())
                    newly = self._connection.sql(_candidates_with("accepted")).to_arrow_table()
                    candidates = self._connection.sql(_candidates_with("undecided")).to_arrow_table()
            accepted = pa.concat_tables([accepted, newly.select(accepted.column_names)])
        return pa.concat_tables(duplicates).sort_by("ordinal")


_KEPT_SQL = """
    select f.ordinal, a.source as kept_source, a.topic as kept_topic, a.partition as kept_partition, a.position as kept_position
    from fates as f
    join candidates as c on c.ordinal = f.ordinal
    join accepted as a
        on a.tenant_id = c.tenant_id and a.event_id = c.event_id and a.event_time_us = f.kept_event_time_us
    where f.fate = 'duplicate'
"""


def _candidates_with(fate: str) -> str:
    return f"select c.* from candidates as c join fates as f on f.ordinal = c.ordinal where f.fate = '{fate}' order by c.ordinal"


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


def _exists(day: date, offset: int) -> bool:
    return date.min.toordinal() <= day.toordinal() + offset <= date.max.toordinal()


def _duplicate_rows(events: pa.Table, fates: pa.Table) -> pa.Table:
    rows = events.take(fates["ordinal"])
    for name in ("kept_source", "kept_topic", "kept_partition", "kept_position"):
        rows = rows.append_column(name, fates[name])
    return DUPLICATES.conform(rows)
