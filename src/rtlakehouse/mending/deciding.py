"""What becomes of the records that silver is to have otherwise: events that count, duplicates, or in quarantine.

What counts goes on counting: an event that silver has already is taken before those that are new to it, whatever came first; and
what lies outside of the range is left as it is. So nothing else than what is looked at changes, and all promises of silver hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract.statement import Connection
from rtlakehouse.medallion.rounds import Rounds
from rtlakehouse.medallion.silver import DUPLICATES, EVENTS, QUARANTINE
from rtlakehouse.mending.expired import require_received
from rtlakehouse.mending.judging import Differences, Judge, candidates, old_rows
from rtlakehouse.mending.view import PLACE, View, at_places, keys_of, places_of

__all__ = ["Change", "decided"]

_IDS = ("tenant_id", "event_id", "event_time", *PLACE)
_KEPT = tuple(f"kept_{name}" for name in PLACE)
_ARRIVAL = ("ingested_at", *PLACE)


@dataclass(frozen=True)
class Change:
    """Records' rows in the tables of silver, as they are (`old`) and as they are to be (`new`), by table."""

    old: dict[str, pa.Table]
    new: dict[str, pa.Table]

    @cached_property
    def keys(self) -> pa.ChunkedArray:
        """The keys of all these records."""
        return keys_of(places_of(*self.new.values()))

    @cached_property
    def places(self) -> pa.Table:
        return places_of(*self.new.values())

    @property
    def minutes(self) -> set[datetime]:
        """The minutes whose events are others."""
        times = [rows[EVENTS.name]["event_time"] for rows in (self.old, self.new)]
        return {minute for each in times for minute in pc.unique(pc.floor_temporal(each, unit="minute")).to_pylist()}


def decided(view: View, found: Differences, judge: Judge, connection: Connection, window: timedelta) -> Change:
    """What to change in silver, as it is now. window: of deduplication."""
    events, rejected = pa.concat_tables(found.events), pa.concat_tables(found.rejections)
    settled = pa.concat_tables(found.duplicates)
    dependants = _dependants(view, events, rejected, settled)
    if dependants.num_rows:
        require_received(view, dependants, "duplicates of what would not count any more")
        again = judge.again(view, dependants)
        unsettled = pa.repeat(pa.scalar(False), again.accepted.num_rows)
        events = pa.concat_tables([events, candidates(again.accepted, unsettled)])
        rejected = pa.concat_tables([rejected, QUARANTINE.conform(again.rejected)])
    places = places_of(events, rejected, settled)
    old = old_rows(view, places)
    kept, duplicates = _split(view, events, places, connection, window)
    new = {
        EVENTS.name: EVENTS.conform(kept),
        DUPLICATES.name: pa.concat_tables([duplicates, settled]),
        QUARANTINE.name: QUARANTINE.conform(rejected),
    }
    return Change(old, new)


def _dependants(view: View, events: pa.Table, rejected: pa.Table, settled: pa.Table) -> pa.Table:
    """The duplicates of what no longer counts as the event that it was: they may be the first of their id now."""
    unsettled = events.filter(pc.invert(events["settled"]))
    places = places_of(unsettled, rejected, settled)
    gone = view.at(EVENTS.name, places, PLACE)
    if not gone.num_rows:
        return places.slice(0, 0)
    duplicates = view.rows(DUPLICATES.name, view.files(DUPLICATES.name), columns=(*PLACE, *_KEPT))
    of_these = pc.and_not(
        at_places(duplicates, keys_of(gone), "kept_"), at_places(duplicates, keys_of(places_of(events, rejected, settled)))
    )
    return places_of(duplicates.filter(of_these))


def _split(
    view: View, events: pa.Table, places: pa.Table, connection: Connection, window: timedelta
) -> tuple[pa.Table, pa.Table]:
    """Which of the events count, and the rows of those that are duplicates."""
    if not events.num_rows:
        return events, DUPLICATES.schema.empty_table()
    order = [("first", "descending"), *((name, "ascending") for name in _ARRIVAL)]
    ranked = events.append_column("first", events["settled"].cast(pa.int8()))
    events = events.take(pc.sort_indices(ranked, sort_keys=order))
    undecided = _ids(events).append_column("ordinal", pa.array(np.arange(len(events))))
    found = Rounds(connection, window).duplicates(undecided, _ids(_counting(view, events, places, window)))
    keep = np.ones(len(events), bool)
    keep[found["ordinal"].to_numpy()] = False
    duplicates = events.take(found["ordinal"])
    for name in _KEPT:
        duplicates = duplicates.append_column(name, found[name])
    return events.filter(pa.array(keep)), DUPLICATES.conform(duplicates)


def _counting(view: View, events: pa.Table, places: pa.Table, window: timedelta) -> pa.Table:
    """The events of silver with one of these ids that are not looked at."""
    bounds = pc.min_max(events["event_time"]).as_py()
    near = view.within(EVENTS.name, "event_time", _shifted(bounds["min"], -window), _shifted(bounds["max"], window))
    ids = pc.unique(events["event_id"])
    there = view.rows(EVENTS.name, near, pc.field("event_id").isin(ids), _IDS)
    return there.filter(pc.invert(at_places(there, keys_of(places))))


def _ids(events: pa.Table) -> pa.Table:
    """The columns that the rule of deduplication reads."""
    ids = events.select(["tenant_id", "event_id", *PLACE])
    return ids.add_column(2, "event_time_us", events["event_time"].cast(pa.int64()))


def _shifted(instant: datetime, by: timedelta) -> datetime:
    """So much later, as far as there are times."""
    try:
        return instant + by
    except OverflowError:
        return instant
