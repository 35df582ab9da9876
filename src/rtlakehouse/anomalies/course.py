"""Every series of a tenant in one week, judged as its minutes become final, by the default detector.

What is kept is what was learned, at a few times that lie the closer the later they are, and no figures: a minute more costs
that minute, and a correction what came since the last of these times before it. It changes no answer: what is not kept is
learned anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.anomalies import queries
from rtlakehouse.anomalies.roster import Closed, Roster, closed_hours
from rtlakehouse.anomalies.series import JUDGED, Span
from rtlakehouse.anomalies.watched import BY_CURRENCY, BY_SEGMENT, KPIS, OF_ALL, REVENUE, SEGMENTS, Subject, Watched
from rtlakehouse.catalog import Reading
from rtlakehouse.catalog.snapshot import Range, Unheld
from rtlakehouse.ml import Judged, SeasonalBaselines
from rtlakehouse.ml.series import MINUTE, Floats

__all__ = ["Course", "Courses"]

Places = npt.NDArray[np.int64]

# Of so much the figures are in memory at once.
_AT_ONCE = timedelta(days=1)
# Late events are mostly minutes late, some hours: how far back what was learned is kept, every so many minutes. Of what is longer
# ago it is kept at midnight.
_APART = ((timedelta(minutes=20), 5), (timedelta(hours=8), 60))
_LONG = timedelta(hours=3)
_KEPT_BYTES = 96 << 20
# Of a metric of a segment that is not judged.
_NOWHERE = -1


@dataclass(frozen=True)
class _Mark:
    """What was learned before `at`. roster: as it was left by the hours that ended before."""

    at: datetime
    baselines: SeasonalBaselines
    roster: Roster


class Course:
    """learned_from: the first minute of all, a midnight, naive UTC."""

    def __init__(self, learned_from: datetime) -> None:
        self._learned_from = learned_from
        self._forget()

    @property
    def nbytes(self) -> int:
        return sum(mark.baselines.nbytes for mark in self._marks)

    def told(self, reading: Reading, changed: datetime, start: datetime, end: datetime) -> list[tuple[Subject, Judged]]:
        """The anomalies of [start, end), minutes of its week that are final; naive UTC.

        changed: no figure of a minute before is another than it was the last time. After an error it is to be thrown away.
        """
        mark = self._go_back(max(self._learned_from, min(changed, start)))
        closed = closed_hours(reading, self._learned_from, mark.at, end, is_held=end - mark.at <= _LONG)
        roster = _after(mark.roster, closed)
        if not roster.since.keys() <= self._places.keys():
            # One that comes on is learned from the first minute on, like the others.
            self._forget()
            closed = closed_hours(reading, self._learned_from, self._learned_from, end, is_held=False)
            roster = _after(Roster(), closed)
            self._place(list(roster.since))
            mark = self._marks[-1]
        found = self._learn(reading, mark, end, closed)
        return [
            (subject, each)
            for subject, each in found
            if each.at >= start and (subject.dimension is None or (subject in roster.since and each.at >= roster.since[subject]))
        ]

    def _forget(self) -> None:
        self._places: dict[Subject, int] = {}
        self._place([Subject(metric) for metric in OF_ALL])
        self._marks = [_Mark(self._learned_from, SeasonalBaselines(), Roster())]

    def _place(self, subjects: list[Subject]) -> None:
        for subject in subjects:
            self._places.setdefault(subject, len(self._places))

    def _go_back(self, at: datetime) -> _Mark:
        """To what was learned before a minute, or earlier."""
        while self._marks[-1].at > at:
            self._marks.pop()
        return self._marks[-1]

    def _learn(self, reading: Reading, mark: _Mark, end: datetime, closed: Closed) -> Iterator[tuple[Subject, Judged]]:
        baselines, roster = mark.baselines.copied(), mark.roster.copied()
        first = mark.at
        while first < end:
            last = min(end, first + _AT_ONCE)
            figures = _Figures(reading, first, last, self._places)
            baselines.extend(len(self._places) - len(baselines))
            subjects = list(self._places)
            for minute, values in enumerate(figures.values):
                at = first + minute * MINUTE
                if at in closed:
                    roster.close(at, closed[at])
                if minute >= figures.first or baselines.has_begun.any():
                    np.copyto(values, 0.0, where=np.isnan(values) & figures.is_count & baselines.has_begun)
                    yield from ((subjects[place], each) for place, each in baselines.update(at, values))
                if _is_kept(at + MINUTE, end):
                    self._marks.append(_Mark(at + MINUTE, baselines.copied(), roster.copied()))
            first = last
        self._marks = [mark for mark in self._marks if _is_kept(mark.at, end) or mark.at == self._learned_from]


class _Figures:
    """The figures of [first, last), a row for each minute and a column for each series; currencies that are new get their places.

    is_count: of which series a minute in which nothing happened has 0; of the others it has none.
    """

    def __init__(self, reading: Reading, first: datetime, last: datetime, places: dict[Subject, int]) -> None:
        self._reading = reading
        self._first, self._last = first, last
        revenue = self._rows(queries.REVENUE, REVENUE, {"currency": None}, "revenue")
        currencies = sorted(revenue["currency"].unique().to_pylist())
        for currency in currencies:
            for metric in BY_CURRENCY:
                places.setdefault(Subject(metric, currency), len(places))
        self.values: Floats = np.full(((last - first) // MINUTE, len(places)), np.nan)
        self.is_count = np.array([not subject.metric.is_ratio for subject in places])
        self._fill(self._rows(queries.KPIS, KPIS, {}, "kpis"), OF_ALL, np.arange(len(OF_ALL))[None], None)
        columns = np.array([[places[Subject(metric, each)] for metric in BY_CURRENCY] for each in currencies], dtype=np.int64)
        self._fill(
            revenue, BY_CURRENCY, columns, pc.index_in(revenue["currency"].cast(pa.string()), pa.array(currencies, pa.string()))
        )
        self._fill_segments(places)

    @cached_property
    def first(self) -> int:
        """The first minute in which anything happened; behind the last where nothing did."""
        known = np.flatnonzero(~np.isnan(self.values).all(axis=1))
        return int(known[0]) if len(known) else len(self.values)

    def _fill_segments(self, places: dict[Subject, int]) -> None:
        segments = list(dict.fromkeys((each.dimension, each.segment) for each in places if each.dimension))
        columns = np.array(
            [[places.get(Subject(metric, None, *each), _NOWHERE) for metric in BY_SEGMENT] for each in segments], dtype=np.int64
        )
        judged = [{"dimension": dimension, "segment": name, "place": at} for at, (dimension, name) in enumerate(segments)]
        rows = self._rows(queries.SEGMENTS, SEGMENTS, {}, "segments", judged=pa.Table.from_pylist(judged, JUDGED))
        self._fill(rows, BY_SEGMENT, columns, rows["place"])

    def _rows(self, sql: str, table: str, more: dict[str, None], name: str, **relations: pa.Table) -> pa.Table:
        bound = {"tenant": self._reading.tenant_id, "start": self._first, "end": self._last, **more}
        only = Range("window_start", self._first.replace(tzinfo=UTC), self._last.replace(tzinfo=UTC))
        # What is learned anew is read once.
        is_long = self._last - self._first > _LONG
        return self._reading.snapshot.query(
            sql, bound, **{name: Unheld((table, only)) if is_long else (table, only)}, **relations
        )

    def _fill(self, rows: pa.Table, metrics: Sequence[Watched], columns: Places, whose: pa.ChunkedArray | None) -> None:
        """columns: where the metrics of each are. whose: whose a row is; None where all are of one."""
        if not rows.num_rows:
            return
        minutes = (rows["window_start"].to_numpy() - np.datetime64(self._first, "us")) // np.timedelta64(1, "m")
        own = columns[0][None].repeat(len(minutes), axis=0) if whose is None else columns[whose.to_numpy()]
        for metric, places in zip(metrics, own.T, strict=True):
            figures = rows[metric.value].cast(pa.float64()).to_numpy()
            there = places != _NOWHERE
            self.values[minutes[there], places[there]] = figures[there]


class Courses:
    """The courses of tenants by the week they are learned for, as many as there is room for."""

    def __init__(self, most_bytes: int = _KEPT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._courses: dict[tuple[str, datetime], Course] = {}

    def told(self, reading: Reading, changed: datetime, span: Span) -> Iterator[tuple[Subject, Judged]]:
        """The anomalies of a span of a tenant, as `Course.told` has them."""
        for week in span.weeks():
            name = (reading.tenant_id, week.learned_from)
            # One whose detector, or whose reading, fails is not put back.
            course = self._courses.pop(name, None) or Course(week.learned_from)
            found = course.told(reading, changed, week.start, week.final)
            self._courses[name] = course
            self._shrink()
            yield from found

    @property
    def tenants(self) -> set[str]:
        return {tenant_id for tenant_id, _ in self._courses}

    @property
    def nbytes(self) -> int:
        return sum(course.nbytes for course in self._courses.values())

    def forget(self) -> None:
        self._courses.clear()

    def _shrink(self) -> None:
        """By earlier weeks first. All are asked for in turn, so of others the last goes: the first would all go, one by one."""
        last = list(self._courses)[-1]
        while len(self._courses) > 1 and self.nbytes > self._most_bytes:
            del self._courses[min(self._courses, key=lambda name: (name[1], name != last))]


def _after(roster: Roster, closed: Closed) -> Roster:
    """A roster that hours more have been closed of."""
    after = roster.copied()
    for at, busy in closed.items():
        after.close(at, busy)
    return after


def _is_kept(at: datetime, end: datetime) -> bool:
    """Whether what was learned before a minute is kept while it is known up to `end`."""
    minute = at.hour * 60 + at.minute
    return at == end or minute == 0 or any(end - at <= back and minute % apart == 0 for back, apart in _APART)
