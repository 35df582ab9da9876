"""What is learned of a figure to forecast it: a pure function of the tables' versions, the question and the last final step.

The figures are those of the metric's one definition, at the steps that are final, so one that late events correct is learned
anew. What was worked out for the same figures is kept: commits come every second, and a final hour changes once in an hour. Hours
and days that would have to be counted in silver are taken from what is counted already, where that is of the same files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import pyarrow as pa

from rtlakehouse.catalog import Reading
from rtlakehouse.errors import UsageError
from rtlakehouse.figures import Span, figures
from rtlakehouse.forecasts.counted import Counted
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.ml.forecasting import PLANS, Plan, Step, TooShort, WorkedOut, worked_out
from rtlakehouse.semantic.catalogue import Metric, load
from rtlakehouse.semantic.question import STEP, Filter, Question, step_of
from rtlakehouse.semantic.statement import Statement, compile_question, first_step

__all__ = ["LEVEL", "Ahead", "Asked", "Learned", "ahead", "ask", "last_final", "learned"]

# Share of the values that a range is to hold where nobody asks for another.
LEVEL = 0.8
_KPIS = "gold.kpis_1m"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in the statements
# The only figures that may be below 0.
_SIGNED = {"net"}
_KEPT = 512


@dataclass(frozen=True)
class Asked:
    """A question, checked: of which metric, in which steps, how far, with what range."""

    metric: Metric
    currency: str | None
    step: Step
    horizon: int
    level: float
    question: Question
    statement: Statement

    @property
    def length(self) -> timedelta:
        return step_of(self.step) or timedelta()

    @property
    def is_counted(self) -> bool:
        """Whether the figure is one of distinct things, which gold has of minutes alone."""
        return self.statement.table == EVENTS.name

    @property
    def plan(self) -> Plan:
        return PLANS[self.step]

    @property
    def tables(self) -> list[str]:
        """Which window is the newest is read off the kpis."""
        return sorted({self.statement.table, _KPIS})

    @property
    def limits(self) -> tuple[float, float]:
        """Between what the figure lies, whatever comes."""
        return -np.inf if self.metric.name in _SIGNED else 0.0, 1.0 if self.metric.unit == "share" else np.inf


@dataclass(frozen=True)
class Learned:
    """start, end: of the steps that were learned from, naive UTC."""

    start: datetime
    end: datetime
    outcome: WorkedOut | TooShort


@dataclass(frozen=True)
class Ahead:
    """A step that is to come."""

    step_start: datetime
    step_end: datetime
    expected: float
    low: float
    high: float


def ask(metric: str, currency: str | None, step: Step, horizon: int | None = None, level: float = LEVEL) -> Asked:
    """Raises NotFoundError for a metric that there is not, UsageError for a horizon or currency that does not go with it."""
    catalogue, plan = load(), PLANS[step]
    found = catalogue.metric(metric)
    steps = horizon or plan.horizon
    if steps > plan.most:
        raise UsageError(f"Steps of {step} are forecast {plan.most} ahead at most; ask for fewer, or for longer steps.")
    if found.is_money and currency is None:
        raise UsageError(f"{metric} is money, and currencies are never added together; name a `currency`.")
    only = (Filter("currency", "eq", (currency,)),) if currency else ()
    question = Question((metric,), filters=only, grain=step)
    return Asked(found, currency, step, steps, level, question, compile_question(question, catalogue))


def learned(reading: Reading, wanted: Asked, counted: Counted | None = None) -> Learned:
    """What is known of the figure, and what comes of it. counted: of the same snapshot, for who asks for many figures."""
    end = last_final(reading, wanted.length)
    start = end - wanted.plan.learned * wanted.length
    start = max(start, reading.snapshot.kept_since(wanted.statement.table, reading.tenant_id) or start)
    found = _figures(reading, wanted, start, end, counted or Counted(reading.snapshot)) if start < end else None
    if not found:
        return Learned(end, end, TooShort(0, wanted.plan.needs(wanted.horizon)))
    times, values = found[STEP].to_pylist(), found[wanted.metric.name].to_pylist()
    # Before the lake's first event there was something else than nothing: the step that it lies in is not whole.
    first = start if times[0] == start else times[0] + wanted.length
    known = np.full((end - start) // wanted.length, np.nan if wanted.metric.ratio else 0.0)
    for time, value in zip(times, values, strict=True):
        known[(time - start) // wanted.length] = np.nan if value is None else float(value)
    known = known[(first - start) // wanted.length :]
    return Learned(first, end, _kept(known.tobytes(), wanted.plan, wanted.horizon, wanted.level))


def _figures(reading: Reading, wanted: Asked, start: datetime, end: datetime, counted: Counted) -> pa.Table:
    span = Span(reading.tenant_id, start, end)
    if wanted.is_counted and (wanted.step == "1h" or wanted.step == "1d"):
        found = counted.figures(wanted.metric, wanted.currency, wanted.step, span)
        if found is not None:
            return found
    return figures(reading.snapshot, wanted.question, wanted.statement, span, wanted.plan.learned)


@lru_cache(maxsize=_KEPT)
def _kept(known: bytes, plan: Plan, horizon: int, level: float) -> WorkedOut | TooShort:
    return worked_out(np.frombuffer(known), plan, horizon, level)


def last_final(reading: Reading, length: timedelta) -> datetime:
    """Of the last step that is final and not after the newest event's."""
    final = first_step(reading.watermark.astimezone(UTC).replace(tzinfo=None), length)
    newest = reading.snapshot.newest_window(reading.tenant_id)
    return min(final, first_step(newest, length) + length) if newest else _EPOCH


def ahead(outcome: WorkedOut, end: datetime, wanted: Asked) -> Iterator[Ahead]:
    """The steps from `end` on."""
    lowest, highest = wanted.limits
    columns = (np.clip(each, lowest, highest).tolist() for each in (outcome.expected, outcome.low, outcome.high))
    starts = (end.replace(tzinfo=UTC) + wanted.length * place for place in range(wanted.horizon))
    for start, expected, low, high in zip(starts, *columns, strict=True):
        yield Ahead(start, start + wanted.length, expected, low, high)
