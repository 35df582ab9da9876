"""The backtest: each model forecasts from many past points, and what then came says how good it is and how wide its range is.

Ranges are made of the errors of the backtest itself, step by step, so that they hold for any model and need no assumption on how
errors are distributed. How many of the past values lie in them is measured without the errors of the same origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rtlakehouse.ml.forecasting.forecaster import Floats, Forecaster

__all__ = ["Backtest", "Score", "backtest"]

# Errors of the steps beside it count for a step too, as many steps away as it takes to have so many of them.
_LEAST_ERRORS = 24


@dataclass(frozen=True)
class Score:
    """Of one model. mase: mean absolute error over that of repeating the last season within the past; None where that is 0.

    mae: mean absolute error, in the figure's unit. coverage: share of the values within the range that the other origins' errors
    give. errors: what came less what was forecast, a row an origin; NaN where nothing came.
    """

    model: Forecaster
    mase: float | None
    mae: float
    coverage: float
    errors: Floats


@dataclass(frozen=True)
class Backtest:
    """Scores of every model over the same origins, the best first.

    scale: mean absolute difference of values a season apart, before the first origin. choice_mae: the error of choosing as such:
    at each origin that of the model which was best at all others.
    """

    origins: tuple[int, ...]
    scale: float
    scores: tuple[Score, ...]
    choice_mae: float

    @cached_property
    def naive(self) -> Score:
        """The best of those that learn nothing."""
        return next(score for score in self.scores if score.model.is_naive)

    @property
    def is_better_than_naive(self) -> bool:
        """Whether choosing by the backtest has beaten the naive forecast at origins it was not chosen by."""
        return self.choice_mae < self.naive.mae

    @property
    def chosen(self) -> Score:
        """The best model; the naive one unless choosing beats it."""
        return self.scores[0] if self.is_better_than_naive else self.naive

    @property
    def choice_mase(self) -> float | None:
        return self.choice_mae / self.scale if self.scale else None


def backtest(
    values: Floats, known: Floats, models: Sequence[Forecaster], origins: Sequence[int], horizon: int, level: float
) -> Backtest:
    """Let every model forecast from each origin. level: share of the values that a range is to hold.

    values: without gaps. known: the same, NaN where there was no value: nothing is judged by those. The first model's season is
    the one that errors are measured by.
    """
    actual = np.stack([known[origin : origin + horizon] for origin in origins])
    season = models[0].season
    scale = float(np.abs(values[season : origins[0]] - values[: origins[0] - season]).mean())
    scores = [_score(model, values, actual, origins, horizon, level, scale) for model in models]
    order = sorted(range(len(scores)), key=lambda place: (scores[place].mae, place))
    ordered = tuple(scores[place] for place in order)
    return Backtest(tuple(origins), scale, ordered, _choice_mae(ordered))


def bounds(errors: Floats, level: float) -> tuple[Floats, Floats]:
    """Of each step, how far below and above its forecast the range reaches (split conformal, both tails alike)."""
    tails = [_tails(_around(errors, step), level) for step in range(errors.shape[1])]
    lows, highs = zip(*tails, strict=True)
    return np.array(lows), np.array(highs)


def _score(
    model: Forecaster, values: Floats, actual: Floats, origins: Sequence[int], horizon: int, level: float, scale: float
) -> Score:
    errors = actual - model.forecast(values, origins, horizon)
    mae = float(np.nanmean(np.abs(errors)))
    return Score(model, mae / scale if scale else None, mae, _coverage(errors, level), errors)


def _coverage(errors: Floats, level: float) -> float:
    inside = []
    for place in range(len(errors)):
        low, high = bounds(np.delete(errors, place, axis=0), level)
        own = errors[place]
        there = ~np.isnan(own)
        inside.append(((low <= own) & (own <= high))[there])
    return float(np.concatenate(inside).mean())


def _around(errors: Floats, step: int) -> Floats:
    """The errors of a step, with those of as many steps beside it as are needed."""
    for reach in range(1, errors.shape[1] + 1):
        found = errors[:, max(0, step - reach) : step + reach + 1]
        found = found[~np.isnan(found)]
        if len(found) >= _LEAST_ERRORS:
            break
    return np.sort(found)


def _tails(errors: Floats, level: float) -> tuple[float, float]:
    """The errors that leave half of what is outside on either side; the outermost ones where there are too few to tell."""
    outside = int((len(errors) + 1) * (1 - level) / 2)
    place = max(outside - 1, 0)
    return float(errors[place]), float(errors[len(errors) - 1 - place])


def _choice_mae(scores: Sequence[Score]) -> float:
    """Mean absolute error where each origin is forecast by the model that is best at the others."""
    sums = np.stack([np.nansum(np.abs(score.errors), axis=1) for score in scores])
    others = sums.sum(axis=1, keepdims=True) - sums
    chosen = others.argmin(axis=0)
    counted = (~np.isnan(scores[0].errors)).sum()
    return float(sums[chosen, np.arange(sums.shape[1])].sum() / counted)
