"""Windows of gold that are not what their query over silver says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract.statement import Connection, Statement
from rtlakehouse.contract.times import in_utc
from rtlakehouse.medallion.graph import GOLD
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.mending.deciding import Change
from rtlakehouse.mending.queries import changed_windows
from rtlakehouse.mending.view import Span, View, at_places

__all__ = ["Rebuilt", "Windows"]

_WINDOW = "window_start"
_MINUTE = timedelta(minutes=1)
_TICK = timedelta(microseconds=1)


@dataclass
class Rebuilt:
    """Of a gold table: the windows that change, their rows as they are and as they are to be."""

    windows: list[datetime] = field(default_factory=list)
    before: list[pa.Table] = field(default_factory=list)
    after: list[pa.Table] = field(default_factory=list)


class Windows:
    """Compares gold with its query. Used by one thread at a time."""

    def __init__(self, connection: Connection) -> None:
        self._queries = {table.name: Statement(connection, table.query) for table in GOLD}
        self._changed = {table.name: Statement(connection, changed_windows(table)) for table in GOLD}

    def differing(self, view: View, span: Span) -> set[datetime]:
        """The windows within a span of which any table differs from its query, as the tables are."""
        events = _events(view, span)
        return {window for name in self._queries for window in self._compare(view, name, span, events)[0]}

    def rebuilt(self, view: View, minutes: Iterable[datetime], change: Change) -> dict[str, Rebuilt]:
        """Of these windows those that are to have other rows once silver is changed so, by table."""
        found = {table.name: Rebuilt() for table in GOLD}
        for wanted in _by_hour(sorted(minutes)):
            span = Span(wanted[0], wanted[-1] + _MINUTE)
            events = _changed(_events(view, span), change, span)
            for name, rebuilt in found.items():
                windows, before, after = self._compare(view, name, span, events)
                chosen = pa.array([window for window in windows if window in wanted], pa.timestamp("us", "UTC"))
                rebuilt.windows += chosen.to_pylist()
                rebuilt.before.append(before.filter(pc.is_in(before[_WINDOW], chosen)))
                rebuilt.after.append(after.filter(pc.is_in(after[_WINDOW], chosen)))
        return found

    def _compare(self, view: View, name: str, span: Span, events: pa.Table) -> tuple[list[datetime], pa.Table, pa.Table]:
        table = next(table for table in GOLD if table.name == name)
        within = (pc.field(_WINDOW) >= pa.scalar(span.start)) & (pc.field(_WINDOW) < pa.scalar(span.end))
        before = view.rows(name, view.within(name, _WINDOW, span.start, span.end - _TICK), within)
        after = table.conform(in_utc(self._queries[name](events=events)))
        if view.settled.latest is not None and span.start < view.settled.latest:
            stay, go = (view.settled.older(rows["tenant_id"], rows[_WINDOW]) for rows in (before, after))
            after = pa.concat_tables([before.filter(stay), after.filter(pc.invert(go))])
        changed = self._changed[name](before=before, after=after)[_WINDOW]
        return [window.replace(tzinfo=UTC) for window in changed.to_pylist()], before, after


def _events(view: View, span: Span) -> pa.Table:
    happened = (pc.field("event_time") >= pa.scalar(span.start)) & (pc.field("event_time") < pa.scalar(span.end))
    return view.rows(EVENTS.name, view.within(EVENTS.name, "event_time", span.start, span.end - _TICK), happened)


def _changed(events: pa.Table, change: Change, span: Span) -> pa.Table:
    new = change.new[EVENTS.name]
    happened = pc.and_(
        pc.greater_equal(new["event_time"], pa.scalar(span.start)), pc.less(new["event_time"], pa.scalar(span.end))
    )
    return pa.concat_tables([events.filter(pc.invert(at_places(events, change.keys))), new.filter(happened)])


def _by_hour(minutes: list[datetime]) -> Iterator[list[datetime]]:
    for _, wanted in groupby(minutes, lambda minute: minute.replace(minute=0)):
        yield list(wanted)
