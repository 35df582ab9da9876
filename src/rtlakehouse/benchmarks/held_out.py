"""Whether a model that was best in one part of a year is good in the next: chosen by the first alone, scored by the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rtlakehouse.ml.forecasting import PLANS, Forecaster, Step, TooShort, worked_out
from rtlakehouse.ml.forecasting.forecaster import Floats

__all__ = ["HeldOut", "held_out"]

_LEVEL = 0.8


@dataclass(frozen=True)
class HeldOut:
    """Errors of the last part, over that of repeating the last season before it (MASE).

    chosen, error: the model that was best in the first part. naive: of those that learn nothing, the one that was best there.
    shipped: what `worked_out` forecasts, which chooses anew at each point by what is known there. best, hindsight: the model that
    nobody could know. count: points of the last part.
    """

    chosen: str
    error: float
    naive: float
    shipped: float
    best: str
    hindsight: float
    count: int


def held_out(series: Floats, step: Step, first: int, split: int, apart: int) -> HeldOut:
    """first: the place that forecasts begin at. split: where the last part begins: no forecast of the first part reaches it."""
    plan = PLANS[step]
    models = [model for model in plan.models() if model.needs <= first]
    early = range(first, split - plan.horizon + 1, apart)
    late = range(split, len(series) - plan.horizon + 1, apart)
    before = [_error(series, model, early, plan.horizon) for model in models]
    after = [_error(series, model, late, plan.horizon) for model in models]
    chosen, best = int(np.argmin(before)), int(np.argmin(after))
    naive = min((place for place, model in enumerate(models) if model.is_naive), key=lambda place: before[place])
    scale = _scale(series[:split], plan.seasons[0])
    return HeldOut(
        _name(models[chosen]),
        after[chosen] / scale,
        after[naive] / scale,
        _shipped(series, step, late) / scale,
        _name(models[best]),
        after[best] / scale,
        len(late),
    )


def _error(series: Floats, model: Forecaster, origins: Sequence[int], horizon: int) -> float:
    """Mean absolute error."""
    then = np.stack([series[origin : origin + horizon] for origin in origins])
    return float(np.abs(then - model.forecast(series, origins, horizon)).mean())


def _shipped(series: Floats, step: Step, origins: Sequence[int]) -> float:
    plan, errors = PLANS[step], []
    for origin in origins:
        made = worked_out(series[:origin][-plan.learned :], plan, plan.horizon, _LEVEL)
        if not isinstance(made, TooShort):
            errors.append(np.abs(series[origin : origin + plan.horizon] - made.expected).mean())
    return float(np.mean(errors))


def _scale(known: Floats, season: int) -> float:
    return float(np.abs(known[season:] - known[:-season]).mean())


def _name(model: Forecaster) -> str:
    return f"{model.name} of season {model.season}"
