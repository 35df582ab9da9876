"""Forecasts of a snapshot: a pure function of the tables' versions, the question and the last final step.

The figures are those of the metric's one definition, at the steps that are final, so one that late events correct is learned
anew. What was worked out for the same figures is kept: commits come every second, and a final hour changes once in an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import pyarrow as pa

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.forecasts.schemas import (
    Backtested,
    Backtests,
    Forecast,
    ForecastModel,
    ForecastParameters,
    ForecastStep,
)
from rtlakehouse.api.metrics_catalog.service import Span, figures
from rtlakehouse.errors import UsageError
from rtlakehouse.ml.forecasting import PLANS, Backtest, Plan, Step, TooShort, WorkedOut, worked_out
from rtlakehouse.semantic.catalogue import Metric, load
from rtlakehouse.semantic.question import STEP, Filter, Question, step_of
from rtlakehouse.semantic.statement import Statement, compile_question, first_step

__all__ = ["Asked", "asked", "backtests", "forecast"]

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
class _Learned:
    """start, end: of the steps that were learned from, naive UTC."""

    start: datetime
    end: datetime
    outcome: WorkedOut | TooShort


def asked(metric: str, parameters: ForecastParameters) -> Asked:
    """Raises NotFoundError for a metric that there is not, UsageError for a horizon or currency that does not go with it."""
    catalogue, step = load(), parameters.step
    found, plan = catalogue.metric(metric), PLANS[step]
    horizon = parameters.horizon or plan.horizon
    if horizon > plan.most:
        raise UsageError(f"Steps of {step} are forecast {plan.most} ahead at most; ask for fewer, or for longer steps.")
    if found.is_money and parameters.currency is None:
        raise UsageError(f"{metric} is money, and currencies are never added together; name a `currency`.")
    only = (Filter("currency", "eq", (parameters.currency,)),) if parameters.currency else ()
    question = Question((metric,), filters=only, grain=step)
    statement = compile_question(question, catalogue)
    return Asked(found, parameters.currency, step, horizon, parameters.level, question, statement)


def forecast(reading: Reading, wanted: Asked) -> Forecast:
    """The next steps, or why there are none."""
    learned = _learned(reading, wanted)
    outcome = learned.outcome
    return Forecast(
        metric=wanted.metric.name,
        currency=wanted.currency,
        step=wanted.step,
        level=wanted.level,
        learned_from=f"{learned.start.isoformat()}Z",
        learned_to=f"{learned.end.isoformat()}Z",
        model=None if isinstance(outcome, TooShort) else _model(outcome.backtest),
        note=_note(outcome, wanted),
        data=[] if isinstance(outcome, TooShort) else _steps(outcome, learned.end, wanted),
    )


def backtests(reading: Reading, wanted: Asked) -> Backtests:
    """The scores of every model; none while too little is known."""
    learned = _learned(reading, wanted)
    outcome = learned.outcome
    tested = None if isinstance(outcome, TooShort) else outcome.backtest
    return Backtests(
        metric=wanted.metric.name,
        currency=wanted.currency,
        step=wanted.step,
        horizon=wanted.horizon,
        level=wanted.level,
        origins=[] if isinstance(outcome, TooShort) else _origins(outcome, learned, wanted),
        choice_mase=None if tested is None else tested.choice_mase,
        is_better_than_naive=tested is not None and tested.is_better_than_naive,
        note=_note(outcome, wanted),
        data=[] if tested is None else _scores(tested),
    )


def _learned(reading: Reading, wanted: Asked) -> _Learned:
    end = _end(reading, wanted.length)
    start = end - wanted.plan.learned * wanted.length
    start = max(start, reading.snapshot.kept_since(wanted.statement.table, reading.tenant_id) or start)
    found = _figures(reading, wanted, start, end) if start < end else None
    if not found:
        return _Learned(end, end, TooShort(0, wanted.plan.needs(wanted.horizon)))
    times, values = found[STEP].to_pylist(), found[wanted.metric.name].to_pylist()
    # Before the lake's first event there was something else than nothing: the step that it lies in is not whole.
    first = start if times[0] == start else times[0] + wanted.length
    known = np.full((end - start) // wanted.length, np.nan if wanted.metric.ratio else 0.0)
    for time, value in zip(times, values, strict=True):
        known[(time - start) // wanted.length] = np.nan if value is None else float(value)
    known = known[(first - start) // wanted.length :]
    return _Learned(first, end, _kept(known.tobytes(), wanted.plan, wanted.horizon, wanted.level))


def _figures(reading: Reading, wanted: Asked, start: datetime, end: datetime) -> pa.Table:
    span = Span(reading.tenant_id, start, end)
    return figures(reading.snapshot, wanted.question, wanted.statement, span, wanted.plan.learned)


@lru_cache(maxsize=_KEPT)
def _kept(known: bytes, plan: Plan, horizon: int, level: float) -> WorkedOut | TooShort:
    return worked_out(np.frombuffer(known), plan, horizon, level)


def _end(reading: Reading, length: timedelta) -> datetime:
    """Of the last step that is final and not after the newest event's."""
    final = first_step(reading.watermark.astimezone(UTC).replace(tzinfo=None), length)
    newest = reading.snapshot.newest_window(reading.tenant_id)
    return min(final, first_step(newest, length) + length) if newest else _EPOCH


def _steps(outcome: WorkedOut, end: datetime, wanted: Asked) -> list[ForecastStep]:
    lowest, highest = wanted.limits
    columns = (np.clip(each, lowest, highest).tolist() for each in (outcome.expected, outcome.low, outcome.high))
    starts = (end.replace(tzinfo=UTC) + wanted.length * place for place in range(wanted.horizon))
    return [
        ForecastStep(step_start=start, step_end=start + wanted.length, expected=expected, low=low, high=high)
        for start, expected, low, high in zip(starts, *columns, strict=True)
    ]


def _origins(outcome: WorkedOut, learned: _Learned, wanted: Asked) -> list[datetime]:
    end = learned.end.replace(tzinfo=UTC)
    return [end - (outcome.known - origin) * wanted.length for origin in outcome.backtest.origins]


def _model(tested: Backtest) -> ForecastModel:
    chosen = tested.chosen
    return ForecastModel(
        name=chosen.model.name,
        season=chosen.model.season,
        is_naive=chosen.model.is_naive,
        mase=chosen.mase,
        mase_naive=tested.naive.mase,
        coverage=chosen.coverage,
    )


def _scores(tested: Backtest) -> list[Backtested]:
    return [
        Backtested(
            model=score.model.name,
            season=score.model.season,
            is_naive=score.model.is_naive,
            is_chosen=score is tested.chosen,
            mase=score.mase,
            mae=score.mae,
            coverage=score.coverage,
        )
        for score in tested.scores
    ]


def _note(outcome: WorkedOut | TooShort, wanted: Asked) -> str:
    if isinstance(outcome, TooShort):
        found = f"{outcome.known} final steps of {wanted.step} are known"
        return f"{found}, and {outcome.needed} are needed to look {wanted.horizon} ahead."
    tested, chosen = outcome.backtest, outcome.backtest.chosen
    points = f"at {len(tested.origins)} past points"
    if not tested.is_better_than_naive:
        return f"No model was better than repeating the last season {points}, so that is what this forecast does."
    return f"{chosen.model.name} was off by {1 - chosen.mae / tested.naive.mae:.0%} less than the naive forecast {points}."
