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
from rtlakehouse.anomalies.watched import BY_SEGMENT, MOST_SEGMENTS, SEGMENTS, SegmentDimension, Subject
from rtlakehouse.catalog import Reading
from rtlakehouse.catalog.snapshot import Range

__all__ = ["HOUR", "Closed", "Roster", "closed_hours"]

HOUR = timedelta(hours=1)
# By the end of an hour: its rows of the query.
Closed = dict[datetime, list[dict[str, Any]]]
# A mean of one a minute. Of what happens more rarely each time it happens is far from the mean: by a steady series of one in
# twenty minutes eight false alarms a week were told, by one of one a minute one in sixteen weeks (docs/anomalies.md).
_BUSY = 60
# However many values there are that take turns at being frequent.
_MOST_EVER = 5 * MOST_SEGMENTS


@dataclass
class Roster:
    """The series of segments of one tenant in one week. since: from when on each is judged, the start of an hour, naive UTC.

    A series comes on after an hour in which it had `_BUSY` or more, if its segment is by then one of the MOST_SEGMENTS of its
    dimension with the most events, in hours in which they had as many.
    """

    since: dict[Subject, datetime] = field(default_factory=dict)
    _events: dict[SegmentDimension, dict[str, int]] = field(default_factory=dict)

    def copied(self) -> Roster:
        return Roster(dict(self.since), {dimension: dict(events) for dimension, events in self._events.items()})

    def close(self, at: datetime, busy: Iterable[dict[str, Any]]) -> None:
        """Take note of the hour that ended at `at`: a row for each segment that had `_BUSY` events or more."""
        rows = [(SegmentDimension(row["dimension"]), row) for row in busy]
        for dimension, row in rows:
            events = self._events.setdefault(dimension, {})
            events[row["segment"]] = events.get(row["segment"], 0) + row["events"]
        frequent = {dimension: self._most_frequent(dimension) for dimension in {dimension for dimension, _ in rows}}
        for dimension, row in rows:
            if row["segment"] in frequent[dimension]:
                for metric in BY_SEGMENT:
                    if row[metric.value] >= _BUSY:
                        self.since.setdefault(Subject(metric, None, dimension, row["segment"]), at)

    def _most_frequent(self, dimension: SegmentDimension) -> set[str]:
        """Those that may come on."""
        own = self._events[dimension]
        first = sorted(own, key=lambda segment: (-own[segment], segment))[:MOST_SEGMENTS]
        there = {each.segment or "" for each in self.since if each.dimension == dimension}
        return {*there, *[segment for segment in first if segment not in there][: max(0, _MOST_EVER - len(there))]}


def closed_hours(
    reading: Reading, learned_from: datetime, start: datetime, end: datetime, dimension: SegmentDimension | None = None
) -> Closed:
    """What there is to close of the hours that ended in [start, end), and began at `learned_from` or later; naive UTC."""
    first = max(learned_from, start.replace(minute=0) if start.minute else start - HOUR)
    last = (end - timedelta(minutes=1)).replace(minute=0)
    closed: Closed = {}
    if first < last:
        bound = {"tenant": reading.tenant_id, "start": first, "end": last, "busy": _BUSY, "dimension": dimension}
        only = Range("window_start", first.replace(tzinfo=UTC), last.replace(tzinfo=UTC))
        for row in reading.snapshot.query(queries.BUSY_HOURS, bound, segments=(SEGMENTS, only)).to_pylist():
            closed.setdefault(row["ended"], []).append(row)
    return closed
