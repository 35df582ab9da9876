"""What moved where a figure is unlike itself: the countries, devices, campaigns, referrers and products that changed most.

A hint and no proof: it compares the figure's own minutes with the same minutes of the days before, part by part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import fmean

from rtlakehouse.api.anomalies import queries
from rtlakehouse.api.anomalies.schemas import CauseParameters, Causes, MovedPart, Watched
from rtlakehouse.api.answers import Reading
from rtlakehouse.api.metrics_catalog.service import Span, figures
from rtlakehouse.api.parameters import minute_of
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.errors import UsageError
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.question import Filter, Question
from rtlakehouse.semantic.statement import Statement, compile_question

__all__ = ["causes", "tables_of_causes"]

_KPIS = "gold.kpis_1m"
_PARTS = ("country", "device", "campaign", "referrer", "product_id")
_DAY = timedelta(days=1)
_DAYS = 4
_MOST_VALUES = 100_000


@dataclass(frozen=True)
class _Compared:
    """The minutes looked at, and how many of the days before are known at these minutes."""

    now: Span
    days: int

    def earlier(self) -> Iterator[Span]:
        """The same minutes of each known day before."""
        for day in range(1, self.days + 1):
            yield Span(self.now.tenant_id, self.now.start - day * _DAY, self.now.end - day * _DAY)


def tables_of_causes(wanted: CauseParameters) -> list[str]:
    """All that the answer is computed from."""
    return sorted({_KPIS, *(_statement(question).table for question in (_question(wanted), *_by_part(wanted).values()))})


def causes(reading: Reading, wanted: CauseParameters) -> Causes:
    """The parts that moved most, the furthest first. Raises UsageError for minutes that are not final."""
    compared = _compared(reading, wanted)
    now, usual = _total(reading, _question(wanted), compared)
    found = [
        MovedPart(dimension=dimension, value=name, now=part, usual=before, change=part - before)
        for dimension, question in _by_part(wanted).items()
        for name, part, before in (_moved(reading, question, compared) if compared.days else ())
    ]
    found.sort(key=lambda part: (-abs(part.change), part.dimension, part.value))
    return Causes(
        metric=wanted.metric,
        currency=wanted.currency,
        start=f"{compared.now.start.isoformat()}Z",
        end=f"{compared.now.end.isoformat()}Z",
        days=compared.days,
        now=now,
        usual=usual,
        data=[part for part in found if part.change][: wanted.limit],
    )


def _compared(reading: Reading, wanted: CauseParameters) -> _Compared:
    end = minute_of(wanted.at) + timedelta(minutes=1)
    if end.replace(tzinfo=UTC) > reading.watermark:
        raise UsageError(f"The minute {wanted.at.isoformat()} is not final yet; ask once it is, or for an earlier one.")
    now = Span(reading.tenant_id, end - timedelta(minutes=wanted.minutes), end)
    first = _first_known(reading, now)
    days = 0 if first is None else min(_DAYS, max(0, (now.start - first) // _DAY))
    return _Compared(now, days)


def _first_known(reading: Reading, now: Span) -> datetime | None:
    """The first minute of the tenant, looked for in twice as many days as are compared: a quiet night is no beginning."""
    start = now.start - 2 * _DAYS * _DAY
    only = Range("window_start", start.replace(tzinfo=UTC), now.end.replace(tzinfo=UTC))
    bound = {"tenant": now.tenant_id, "start": start, "end": now.end}
    first: datetime | None = reading.snapshot.query(queries.FIRST, bound, kpis=(_KPIS, only))["first"][0].as_py()
    return first


def _question(wanted: CauseParameters, *dimensions: str) -> Question:
    only = (Filter("currency", "eq", (wanted.currency,)),) if wanted.currency else ()
    return Question((wanted.metric.value,), dimensions, only)


def _by_part(wanted: CauseParameters) -> dict[str, Question]:
    return {dimension: _question(wanted, dimension) for dimension in _PARTS}


def _statement(question: Question) -> Statement:
    return compile_question(question, load())


def _total(reading: Reading, question: Question, compared: _Compared) -> tuple[float | None, float | None]:
    """The whole figure of the minutes, and its mean over the days before that have one."""
    now = _values(reading, question, compared.now).get("")
    earlier = [_values(reading, question, span).get("") for span in compared.earlier()]
    known = [value for value in earlier if value is not None]
    return now, fmean(known) if known else None


def _moved(reading: Reading, question: Question, compared: _Compared) -> Iterator[tuple[str, float, float]]:
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
