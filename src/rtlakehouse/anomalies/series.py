"""The figures that are judged, minute by minute, of one week with the days that are learned from before it.

A minute is judged by those from four days before its week (from Monday, UTC) up to it, whatever is asked for: so it is judged
alike in every answer, and what was learned of a week goes on to the next minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.anomalies import queries
from rtlakehouse.anomalies.roster import Roster, closed_hours
from rtlakehouse.anomalies.watched import KPIS, REVENUE, SEGMENTS, SegmentDimension, Subject, Wanted
from rtlakehouse.catalog import Reading
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.ml.series import MINUTE, Floats

__all__ = ["JUDGED", "Series", "Span", "series_of"]

# Of the segments that are judged, as queries.SEGMENTS has them.
JUDGED = pa.schema([("dimension", pa.string()), ("segment", pa.string()), ("place", pa.int64())])

# Level, rhythm and tolerance of a series have settled after this.
_LEARNING = timedelta(days=4)
_WEEK = timedelta(days=7)
_MONDAY = datetime(1970, 1, 5)  # noqa: DTZ001 - naive UTC, as in the queries


@dataclass(frozen=True)
class Span:
    """[start, end), naive UTC. final: up to where minutes are final and can be judged."""

    start: datetime
    end: datetime
    final: datetime

    @classmethod
    def of(cls, reading: Reading, start: datetime, end: datetime) -> Span:
        watermark = reading.watermark.astimezone(UTC).replace(tzinfo=None)
        return cls(start, end, min(end, watermark.replace(second=0, microsecond=0)))

    @property
    def learned_from(self) -> datetime:
        return self.start - (self.start - _MONDAY) % _WEEK - _LEARNING

    @staticmethod
    def first_whole(since: datetime) -> datetime:
        """The first minute of which all is known that it is judged by, where nothing is known of what was before `since`."""
        return since + _LEARNING + (_MONDAY - since - _LEARNING) % _WEEK

    def weeks(self) -> Iterator[Span]:
        """Its parts, each in one week."""
        start = self.start
        while start < self.final:
            end = min(self.final, start - (start - _MONDAY) % _WEEK + _WEEK)
            yield replace(self, start=start, end=end, final=end)
            start = end


@dataclass(frozen=True)
class Series:
    """values: one a minute from `start` on; NaN before the first there is, and where a ratio has none.

    since: from when on it is judged; what was before is learned from.
    """

    subject: Subject
    start: datetime
    values: Floats
    since: datetime


def series_of(reading: Reading, week: Span, wanted: Wanted) -> Iterator[Series]:
    """Every series that is wanted of a span in one week, with what is learned from before it."""
    bound = {"tenant": reading.tenant_id, "start": week.learned_from, "end": week.final}
    only = Range("window_start", week.learned_from.replace(tzinfo=UTC), week.final.replace(tzinfo=UTC))
    if wanted.dimension:
        yield from _segments(reading, week, wanted, wanted.dimension)
        return
    if KPIS in wanted.tables and wanted.currency is None:
        rows = reading.snapshot.query(queries.KPIS, bound, kpis=(KPIS, only))
        yield from (_of(Subject(each), week, rows) for each in wanted.metrics if not each.is_by_currency)
    if REVENUE in wanted.tables:
        rows = reading.snapshot.query(queries.REVENUE, bound | {"currency": wanted.currency}, revenue=(REVENUE, only))
        by_currency = [each for each in wanted.metrics if each.is_by_currency]
        yield from (_of(Subject(each, name), week, own) for name, own in _split(rows, "currency") for each in by_currency)


def _segments(reading: Reading, week: Span, wanted: Wanted, dimension: SegmentDimension) -> Iterator[Series]:
    """Those on the roster; one that is named is judged in any case, and at any time."""
    if wanted.segment is None:
        since = _roster(reading, week, dimension).since
        subjects = [subject for subject in since if subject.metric in wanted.metrics]
    else:
        subjects = [Subject(metric, None, dimension, wanted.segment) for metric in wanted.metrics]
        since = dict.fromkeys(subjects, week.learned_from)
    segments = sorted({subject.segment or "" for subject in subjects})
    judged = {"dimension": [dimension.value] * len(segments), "segment": segments, "place": range(len(segments))}
    bound = {"tenant": reading.tenant_id, "start": week.learned_from, "end": week.final}
    only = Range("window_start", week.learned_from.replace(tzinfo=UTC), week.final.replace(tzinfo=UTC))
    rows = reading.snapshot.query(
        f"{queries.SEGMENTS} order by window_start", bound, segments=(SEGMENTS, only), judged=pa.table(judged, JUDGED)
    )
    own = {segment: rows.filter(pc.equal(rows["place"], place)) for place, segment in enumerate(segments)}
    for subject in subjects:
        yield _of(subject, week, own[subject.segment or ""], since[subject])


def _roster(reading: Reading, week: Span, dimension: SegmentDimension) -> Roster:
    roster = Roster()
    for at, busy in closed_hours(reading, week.learned_from, week.learned_from, week.final, dimension).items():
        roster.close(at, busy)
    return roster


def _split(rows: pa.Table, column: str) -> Iterator[tuple[Any, pa.Table]]:
    for name in rows[column].unique().to_pylist():
        yield name, rows.filter(pc.equal(rows[column], name))


def _of(subject: Subject, week: Span, rows: pa.Table, since: datetime | None = None) -> Series:
    figures = rows[subject.metric.value].cast(pa.float64()).to_numpy()
    minutes = (rows["window_start"].to_numpy() - np.datetime64(week.learned_from, "us")) // np.timedelta64(1, "m")
    known = np.flatnonzero(~np.isnan(figures))
    values = np.full((week.final - week.learned_from) // MINUTE, np.nan)
    if len(known):
        values[minutes[known[0]] :] = np.nan if subject.metric.is_ratio else 0.0
        values[minutes[known]] = figures[known]
    return Series(subject, week.learned_from, values, since or week.learned_from)
