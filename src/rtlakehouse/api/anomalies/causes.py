"""What moved where a figure is unlike itself: the countries, devices, campaigns, referrers and products that changed most.

A hint and no proof: it compares the figure's own minutes with the same minutes of the days before, part by part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import fmean

from rtlakehouse.anomalies.watched import KPIS, Subject, Watched
from rtlakehouse.api.anomalies import queries
from rtlakehouse.api.anomalies.schemas import Causes, MovedPart
from rtlakehouse.api.answers import Reading
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.errors import UsageError
from rtlakehouse.figures import Span, figures
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.question import Filter, Question
from rtlakehouse.semantic.statement import Statement, compile_question

__all__ = ["Compared", "causes", "tables_of_causes"]

_PARTS = ("country", "device", "campaign", "referrer", "product_id")
_DAY = timedelta(days=1)
_DAYS = 4
_MINUTES = 8
_TOLD = 10
_MOST_VALUES = 100_000


@dataclass(frozen=True)
class Compared:
    """The minutes looked at, and how many of the days before are known at these minutes."""

    now: Span
    days: int

    @classmethod
    def up_to(cls, reading: Reading, at: datetime, minutes: int = _MINUTES) -> Compared:
        """The minutes up to the one at `at`, naive UTC. Raises UsageError where that is not final."""
        end = at + timedelta(minutes=1)
        if end.replace(tzinfo=UTC) > reading.watermark:
            raise UsageError(f"The minute {at.isoformat()}Z is not final yet; ask once it is, or for an earlier one.")
        now = Span(reading.tenant_id, end - timedelta(minutes=minutes), end)
        first = _first_known(reading, now)
        return cls(now, 0 if first is None else min(_DAYS, max(0, (now.start - first) // _DAY)))

    def earlier(self) -> Iterator[Span]:
        """The same minutes of each known day before."""
        for day in range(1, self.days + 1):
            yield Span(self.now.tenant_id, self.now.start - day * _DAY, self.now.end - day * _DAY)


def tables_of_causes(subject: Subject) -> list[str]:
    """All that the answer is computed from."""
    return sorted({KPIS, *(_statement(question).table for question in (_question(subject), *_by_part(subject).values()))})


def causes(reading: Reading, subject: Subject, compared: Compared, limit: int = _TOLD) -> Causes:
    """The parts that moved most, the furthest first, so many at most."""
    now, usual = _total(reading, _question(subject), compared)
    found = [
        MovedPart(dimension=dimension, value=name, now=part, usual=before, change=part - before)
        for dimension, question in _by_part(subject).items()
        for name, part, before in (_moved(reading, question, compared) if compared.days else ())
    ]
    found.sort(key=lambda part: (-abs(part.change), part.dimension, part.value))
    return Causes(
        **vars(subject),
        start=f"{compared.now.start.isoformat()}Z",
        end=f"{compared.now.end.isoformat()}Z",
        days=compared.days,
        now=now,
        usual=usual,
        data=[part for part in found if part.change][:limit],
    )


def _first_known(reading: Reading, now: Span) -> datetime | None:
    """The first minute of the tenant, looked for in twice as many days as are compared: a quiet night is no beginning."""
    start = now.start - 2 * _DAYS * _DAY
    only = Range("window_start", start.replace(tzinfo=UTC), now.end.replace(tzinfo=UTC))
    bound = {"tenant": now.tenant_id, "start": start, "end": now.end}
    first: datetime | None = reading.snapshot.query(queries.FIRST, bound, kpis=(KPIS, only))["first"][0].as_py()
    return first


def _question(subject: Subject, *dimensions: str) -> Question:
    only = []
    if subject.currency:
        only.append(Filter("currency", "eq", (subject.currency,)))
    if subject.dimension and subject.segment:
        only.append(Filter(subject.dimension.value, "eq", (subject.segment,)))
    return Question((subject.metric.value,), dimensions, tuple(only))


def _by_part(subject: Subject) -> dict[str, Question]:
    return {dimension: _question(subject, dimension) for dimension in _PARTS if dimension != subject.dimension}


def _statement(question: Question) -> Statement:
    return compile_question(question, load())


def _total(reading: Reading, question: Question, compared: Compared) -> tuple[float | None, float | None]:
    """The whole figure of the minutes, and its mean over the days before that have one."""
    now = _values(reading, question, compared.now).get("")
    earlier = [_values(reading, question, span).get("") for span in compared.earlier()]
    known = [value for value in earlier if value is not None]
    return now, fmean(known) if known else None


def _moved(reading: Reading, question: Question, compared: Compared) -> Iterator[tuple[str, float, float]]:
    """Each value of a dimension with its figure now and its mean before.

    A value that did not occur had 0; a ratio it had none, so it is told only where there is something to compare.
    """
    before: defaultdict[str, list[float]] = defaultdict(list)
    for span in compared.earlier():
        for name, value in _values(reading, question, span).items():
            before[name].append(value)
    now = _values(reading, question, compared.now)
    if Watched(question.metrics[0]).is_ratio:
        yield from ((name, now[name], fmean(before[name])) for name in sorted(now.keys() & before.keys()))
        return
    for name in sorted(now.keys() | before.keys()):
        yield name, now.get(name, 0.0), sum(before[name]) / compared.days


def _values(reading: Reading, question: Question, span: Span) -> dict[str, float]:
    """The figure by the question's dimension; of all, by the empty text."""
    rows = figures(reading.snapshot, question, _statement(question), span, _MOST_VALUES)
    values = rows[question.metrics[0]].to_pylist()
    names = rows[question.dimensions[0]].to_pylist() if question.dimensions else [""] * len(values)
    told = zip(names, values, strict=True)
    return {name: float(value) for name, value in told if name is not None and value is not None}
