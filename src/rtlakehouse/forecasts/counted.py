"""Figures of whole hours and days that have to be counted in silver, as distinct users and orders do not add up: they are kept,
so that a year is not counted for each forecast.

A day of UTC has a file of them in the lake's cache. It is a function of silver's files, whose names it has: an hour or a day is
counted again once other files may hold something of it. It may be removed at any time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.snapshot import Range, may_hold
from rtlakehouse.figures import Span, figures
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.semantic.catalogue import Metric, load
from rtlakehouse.semantic.question import STEP, Question
from rtlakehouse.semantic.statement import Statement, compile_question, first_step
from rtlakehouse.storage.durable import write_atomically

__all__ = ["STEPS", "Counted", "CountedStep", "folder_of", "schema"]

CountedStep = Literal["1h", "1d"]
STEPS: Mapping[CountedStep, timedelta] = {"1h": timedelta(hours=1), "1d": timedelta(days=1)}

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_EVERY_ROW = 2**31 - 1
# To ask at all takes as long as to read so many rows.
_ASKING_ROWS = 50_000
# In the metadata of a file: for each of its steps the files that it is counted of.
_OF = b"counted_of"


def folder_of(root: Path) -> Path:
    """Where the lake at `root` keeps them."""
    return root / "_rtl" / "cache" / "counted"


@dataclass
class _Day:
    """files: of each step that silver may have something of, the files. counted: the steps whose figures are in rows."""

    files: Mapping[datetime, str]
    counted: set[datetime]
    rows: pa.Table

    @property
    def due(self) -> list[datetime]:
        return [start for start in self.files if start not in self.counted]


class Counted:
    """What is counted of the events of one snapshot: for every tenant, and for each currency what is money."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._folder = folder_of(snapshot.root)
        self._days: dict[tuple[CountedStep, datetime], _Day] = {}

    def figures(self, metric: Metric, currency: str | None, step: CountedStep, span: Span) -> pa.Table | None:
        """A tenant's steps in which there is something, in the order of time; None where not every one of them is counted."""
        if metric.is_money != (currency is not None):
            return None
        days = [self._day(step, day) for day in _days(span.start, span.end)]
        is_whole = first_step(span.start, STEPS[step]) == span.start
        if not is_whole or any(span.start <= start < span.end for day in days for start in day.due):
            return None
        rows = pa.concat_tables([day.rows for day in days])
        of_currency = pc.is_null(rows["currency"]) if currency is None else pc.equal(rows["currency"], currency)
        is_own = pc.and_(pc.equal(rows["tenant_id"], span.tenant_id), of_currency)
        is_within = pc.and_(pc.greater_equal(rows[STEP], span.start), pc.less(rows[STEP], span.end))
        own = rows.filter(pc.and_(is_own, is_within))
        something = pa.array([any(row.values()) for row in own.select(_parts(metric)).to_pylist()], pa.bool_())
        return own.filter(something).select([STEP, metric.name]).sort_by(STEP)

    def count(self, step: CountedStep, start: datetime, end: datetime, most: int) -> bool:
        """Count what is due of [start, end), naive UTC, and stop after as much work as it is to read `most` rows of silver;
        whether nothing is due any more. What is of days before `start` is removed."""
        self._remove_before(step, start)
        read = 0
        for day in _days(start, end):
            known = self._day(step, day)
            for run in _runs([each for each in known.due if start <= each < end], STEPS[step]):
                if read >= most:
                    return False
                read += _ASKING_ROWS + self._count(step, known, run)
                self._write(step, day, known)
        return True

    def _count(self, step: CountedStep, known: _Day, run: Sequence[datetime]) -> int:
        """Count steps that follow each other; how many rows their files have."""
        span = Span(None, run[0], run[-1] + STEPS[step])
        found = [_kept(figures(self._snapshot, asked, statement, span, _EVERY_ROW)) for asked, statement in _questions(step)]
        known.rows = pa.concat_tables([known.rows, *found])
        known.counted.update(run)
        return sum(file.rows for file in self._snapshot.files_of(EVENTS.name, _happened(span.start, span.end)))

    def _day(self, step: CountedStep, day: datetime) -> _Day:
        if (step, day) not in self._days:
            files = self._files(step, day)
            of, rows = _read(self._path(step, day))
            counted = {start for start, name in files.items() if of.get(start) == name}
            still = pc.is_in(rows[STEP], pa.array(counted, pa.timestamp("us")))
            self._days[step, day] = _Day(files, counted, rows.filter(still))
        return self._days[step, day]

    def _files(self, step: CountedStep, day: datetime) -> dict[datetime, str]:
        of_day = self._snapshot.files_of(EVENTS.name, _happened(day, day + _DAY))
        starts = [day + place * STEPS[step] for place in range(_DAY // STEPS[step])]
        within = {start: [each for each in of_day if may_hold(each, _happened(start, start + STEPS[step]))] for start in starts}
        return {start: _name(step, [file.path for file in files]) for start, files in within.items() if files}

    def _write(self, step: CountedStep, day: datetime, known: _Day) -> None:
        of = {start.isoformat(): known.files[start] for start in known.counted}
        path, sink = self._path(step, day), pa.BufferOutputStream()
        with pa.ipc.new_file(sink, schema().with_metadata({_OF: json.dumps(of)})) as file:
            file.write_table(known.rows)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, sink.getvalue().to_pybytes())

    def _path(self, step: CountedStep, day: datetime) -> Path:
        return self._folder / step / f"{day.date().isoformat()}.arrow"

    def _remove_before(self, step: CountedStep, start: datetime) -> None:
        for path in (self._folder / step).glob("*"):
            if path.name < start.date().isoformat():
                path.unlink(missing_ok=True)


def _read(path: Path) -> tuple[dict[datetime, str], pa.Table]:
    """The steps of a day's file, with what they were counted of, and their rows; nothing of one that has other metrics."""
    if path.exists():
        with pa.ipc.open_file(pa.BufferReader(path.read_bytes())) as file:
            rows = file.read_all()
        if rows.schema.equals(schema()):
            of = json.loads(rows.schema.metadata[_OF])
            return {datetime.fromisoformat(start): name for start, name in of.items()}, rows.replace_schema_metadata(None)
    return {}, schema().empty_table()


def _name(step: CountedStep, paths: Sequence[str]) -> str:
    """Of files, and of how figures are counted of them."""
    how = [statement.sql for _, statement in _questions(step)]
    return hashlib.sha256("\n".join([*how, *sorted(paths)]).encode()).hexdigest()


@cache
def _questions(step: CountedStep) -> list[tuple[Question, Statement]]:
    """What is counted: the figures of all that cannot be read off gold, and those of a currency."""
    asked = [Question(_counted(step, is_money), ("currency",) if is_money else (), grain=step) for is_money in (False, True)]
    return [(each, compile_question(each, load(), every_tenant=True)) for each in asked if each.metrics]


def _counted(step: CountedStep, is_money: bool) -> tuple[str, ...]:
    """Metrics that are counted in silver, with those that they are the ratio of."""
    names = [
        name
        for metric in load().metrics
        if metric.is_money == is_money and not all(part.additive for part in load().parts(metric))
        for name in (metric.name, *_parts(metric))
    ]
    return tuple(dict.fromkeys(names))


def _parts(metric: Metric) -> list[str]:
    return [part.name for part in load().parts(metric)]


@cache
def schema() -> pa.Schema:
    """Of the rows: a step of a tenant, by currency what is money, and a metric a column; null where it is not counted so."""
    names = dict.fromkeys(name for step in STEPS for asked, _ in _questions(step) for name in asked.metrics)
    keys = [(STEP, pa.timestamp("us")), ("tenant_id", pa.string()), ("currency", pa.string())]
    return pa.schema([*keys, *((name, pa.float64()) for name in names)])


def _kept(found: pa.Table) -> pa.Table:
    """As floats that Python makes of the figures, as of those that are read off the tables."""
    names = [field.name for field in schema() if pa.types.is_floating(field.type)]
    rows = [
        {name: float(value) if name in names and value is not None else value for name, value in row.items()}
        for row in found.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema())


def _days(start: datetime, end: datetime) -> Iterator[datetime]:
    """The starts of the days that [start, end) is in."""
    day = first_step(start, _DAY)
    while day < end:
        yield day
        day += _DAY


def _runs(starts: Sequence[datetime], length: timedelta) -> Iterator[list[datetime]]:
    """Steps that follow each other, together."""
    for _, run in groupby(enumerate(starts), lambda each: each[1] - each[0] * length):
        yield [start for _, start in run]


def _happened(start: datetime, end: datetime) -> Range:
    return Range("event_time", start.replace(tzinfo=UTC), end.replace(tzinfo=UTC) - _INSTANT)
