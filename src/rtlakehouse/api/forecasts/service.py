"""Forecasts of a snapshot, in the words of the API."""

from __future__ import annotations

from datetime import UTC, datetime

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.forecasts.schemas import (
    Backtested,
    Backtests,
    Forecast,
    ForecastModel,
    ForecastParameters,
    ForecastStep,
)
from rtlakehouse.forecasts.learning import Asked, Learned, ahead, ask, learned
from rtlakehouse.ml.forecasting import Backtest, TooShort, WorkedOut

__all__ = ["asked", "backtests", "forecast"]


def asked(metric: str, parameters: ForecastParameters) -> Asked:
    """Raises as `ask`."""
    return ask(metric, parameters.currency, parameters.step, parameters.horizon, parameters.level)


def forecast(reading: Reading, wanted: Asked) -> Forecast:
    """The next steps, or why there are none."""
    found = learned(reading, wanted)
    outcome = found.outcome
    return Forecast(
        metric=wanted.metric.name,
        currency=wanted.currency,
        step=wanted.step,
        level=wanted.level,
        learned_from=f"{found.start.isoformat()}Z",
        learned_to=f"{found.end.isoformat()}Z",
        model=None if isinstance(outcome, TooShort) else _model(outcome.backtest),
        note=_note(outcome, wanted),
        data=[] if isinstance(outcome, TooShort) else [ForecastStep(**vars(each)) for each in ahead(outcome, found.end, wanted)],
    )


def backtests(reading: Reading, wanted: Asked) -> Backtests:
    """The scores of every model; none while too little is known."""
    found = learned(reading, wanted)
    outcome = found.outcome
    tested = None if isinstance(outcome, TooShort) else outcome.backtest
    return Backtests(
        metric=wanted.metric.name,
        currency=wanted.currency,
        step=wanted.step,
        horizon=wanted.horizon,
        level=wanted.level,
        origins=[] if isinstance(outcome, TooShort) else _origins(outcome, found, wanted),
        choice_mase=None if tested is None else tested.choice_mase,
        is_better_than_naive=tested is not None and tested.is_better_than_naive,
        note=_note(outcome, wanted),
        data=[] if tested is None else _scores(tested),
    )


def _origins(outcome: WorkedOut, found: Learned, wanted: Asked) -> list[datetime]:
    end = found.end.replace(tzinfo=UTC)
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
