"""Which models are tried for steps of which length, from which origins, and the forecast that comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from rtlakehouse.ml.forecasting.backtest import Backtest, backtest, bounds
from rtlakehouse.ml.forecasting.forecaster import Floats, Forecaster
from rtlakehouse.ml.forecasting.models import SeasonalMean, SeasonalNaive, Smoothing

__all__ = ["PLANS", "STEPS", "Plan", "Step", "TooShort", "WorkedOut", "worked_out"]

Step: TypeAlias = Literal["1m", "15m", "1h", "1d"]
STEPS: tuple[Step, ...] = get_args(Step)
_MOST_ORIGINS = 12
_LEAST_ORIGINS = 4
# Of this many steps at least something can be learned.
_LEAST_STEPS = 8


@dataclass(frozen=True)
class Plan:
    """For steps of one length. seasons: after how many steps figures may repeat themselves, the shortest first. learned: how many
    steps are looked back. horizon, most: how many steps are forecast, by default and at most."""

    seasons: tuple[int, ...]
    learned: int
    horizon: int
    most: int

    def models(self) -> Iterator[Forecaster]:
        """Every model there is for these steps."""
        for season in self.seasons:
            yield SeasonalNaive(season)
            yield SeasonalMean(season, 4)
            yield SeasonalMean(season, 8)
            yield Smoothing(season)

    def needs(self, horizon: int) -> int:
        """How many steps have to be known for a forecast of so many."""
        return self._first + horizon + _LEAST_ORIGINS - 1

    def origins(self, known: int, horizon: int) -> tuple[int, ...]:
        """Where the backtest forecasts from: a season apart where there is enough, so that each is at the same hour."""
        room = known - horizon - self._first
        usual = self.seasons[0] if self.seasons[0] > 1 else max(1, horizon // 2)
        apart = max(1, min(usual, room // (_LEAST_ORIGINS - 1)))
        count = min(_MOST_ORIGINS, room // apart + 1)
        last = known - horizon
        return tuple(last - apart * (count - 1 - place) for place in range(count))

    @property
    def _first(self) -> int:
        """The first origin there can be."""
        return max(2 * self.seasons[0], _LEAST_STEPS)


# A day and a week of quarters and hours, a week of days. A minute is too short for a season to show.
PLANS: dict[Step, Plan] = {
    "1m": Plan((1,), 6 * 60, 15, 60),
    "15m": Plan((96, 672), 5 * 672, 24, 192),
    "1h": Plan((24, 168), 14 * 168, 24, 168),
    "1d": Plan((7,), 400, 14, 56),
}


@dataclass(frozen=True)
class TooShort:
    """Too little is known. known, needed: in steps."""

    known: int
    needed: int


@dataclass(frozen=True)
class WorkedOut:
    """A forecast, step by step, with the backtest that chose its model. low, high: the range that holds a share of `level`.
    known: how many values it was learned from; the backtest's origins are places in them."""

    expected: Floats
    low: Floats
    high: Floats
    known: int
    backtest: Backtest


def worked_out(known: Floats, plan: Plan, horizon: int, level: float) -> WorkedOut | TooShort:
    """How a series goes on. known: a value a step up to now, NaN where there was none. The same values give the same."""
    known = known[_first_known(known) :]
    needed = plan.needs(horizon)
    if len(known) < needed:
        return TooShort(len(known), needed)
    values = _filled(known)
    origins = plan.origins(len(known), horizon)
    models = [model for model in plan.models() if model.needs <= origins[0]]
    tested = backtest(values, known, models, origins, horizon, level)
    low, high = bounds(tested.chosen.errors, level)
    (expected,) = tested.chosen.model.forecast(values, [len(values)], horizon)
    return WorkedOut(expected, np.minimum(expected, expected + low), np.maximum(expected, expected + high), len(known), tested)


def _first_known(known: Floats) -> int:
    there = np.flatnonzero(~np.isnan(known))
    return int(there[0]) if len(there) else len(known)


def _filled(known: Floats) -> Floats:
    """Where there is no value, the one before it."""
    last = np.maximum.accumulate(np.where(np.isnan(known), 0, np.arange(len(known))))
    filled: Floats = known[last]
    return filled
