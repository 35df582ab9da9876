"""Which series of segments are judged, and from which hour on.

It is read off the figures hour by hour, and what has come on stays until its week ends: so time that goes by changes nothing of
what was judged, and whoever asks, about whichever minute, is told of the same series.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rtlakehouse.anomalies import queries
from rtlakehouse.anomalies.watched import BY_SEGMENT, MOST_SEGMENTS, SEGMENTS, SegmentDimension, Subject, Watched
from rtlakehouse.catalog import Reading
from rtlakehouse.catalog.snapshot import Range, Unheld

__all__ = ["HOUR", "Closed", "Roster", "closed_hours"]

HOUR = timedelta(hours=1)
# By the end of an hour: its rows of the query.
Closed = dict[datetime, list[dict[str, Any]]]
# A mean of one a minute. Of what happens more rarely each time it happens is far from the mean: by a steady series of one in
# twenty minutes eight false alarms a week were told, by one of one a minute one in sixteen weeks (docs/anomalies.md).
_BUSY = 60
# However many values there are that take turns at being frequent.
_MOST_EVER = 5 * MOST_SEGMENTS
_NAMES = {metric: metric.value for metric in BY_SEGMENT}


@dataclass
class Roster:
    """The series of segments of one tenant in one week. since: from when on each is judged, the start of an hour, naive UTC.

    A series comes on after an hour in which it had `_BUSY` or more, if its segment is by then one of the MOST_SEGMENTS of its
    dimension with the most events, in hours in which they had as many.
    """

    since: dict[Subject, datetime] = field(default_factory=dict)
    _events: dict[SegmentDimension, dict[str, int]] = field(default_factory=dict)
    _on: dict[SegmentDimension, dict[str, frozenset[Watched]]] = field(default_factory=dict)

    def copied(self) -> Roster:
        events = {dimension: dict(own) for dimension, own in self._events.items()}
        return Roster(dict(self.since), events, {dimension: dict(own) for dimension, own in self._on.items()})

    def close(self, at: datetime, busy: Iterable[dict[str, Any]]) -> None:
        """Take note of the hour that ended at `at`: a row for each segment that had `_BUSY` events or more."""
        rows = [(SegmentDimension(row["dimension"]), row) for row in busy]
        for dimension, row in rows:
            events = self._events.setdefault(dimension, {})
            events[row["segment"]] = events.get(row["segment"], 0) + row["events"]
        frequent = {dimension: self._frequent(dimension) for dimension in {dimension for dimension, _ in rows}}
        for dimension, row in rows:
            if row["segment"] in frequent[dimension]:
                self._come_on(dimension, row, at)

    def _frequent(self, dimension: SegmentDimension) -> set[str]:
        """Those that may come on, or are on."""
        own, there = self._events[dimension], self._on.setdefault(dimension, {})
        first = sorted(own, key=lambda segment: (-own[segment], segment))[:MOST_SEGMENTS]
        return {*there, *[segment for segment in first if segment not in there][: max(0, _MOST_EVER - len(there))]}

    def _come_on(self, dimension: SegmentDimension, row: dict[str, Any], at: datetime) -> None:
        on = self._on[dimension].get(row["segment"], frozenset())
        new = [metric for metric in BY_SEGMENT if metric not in on and row[_NAMES[metric]] >= _BUSY]
        if new:
            self._on[dimension][row["segment"]] = on.union(new)
            self.since.update({Subject(metric, None, dimension, row["segment"]): at for metric in new})


def closed_hours(
    reading: Reading,
    learned_from: datetime,
    start: datetime,
    end: datetime,
    dimension: SegmentDimension | None = None,
    *,
    is_held: bool = True,
) -> Closed:
    """What there is to close of the hours that ended in [start, end), and began at `learned_from` or later; naive UTC.

    is_held: whether what is read is held in memory for the next question.
    """
    first = max(learned_from, start.replace(minute=0) if start.minute else start - HOUR)
    last = (end - timedelta(minutes=1)).replace(minute=0)
    closed: Closed = {}
    if first < last:
        bound = {"tenant": reading.tenant_id, "start": first, "end": last, "busy": _BUSY, "dimension": dimension}
        only = Range("window_start", first.replace(tzinfo=UTC), last.replace(tzinfo=UTC))
        segments = (SEGMENTS, only) if is_held else Unheld((SEGMENTS, only))
        for row in reading.snapshot.query(queries.BUSY_HOURS, bound, segments=segments).to_pylist():
            closed.setdefault(row["ended"], []).append(row)
    return closed
