"""The models. All are a few array operations: a backtest of all takes a fraction of a second, so it can run when asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from rtlakehouse.ml.forecasting.forecaster import Floats

__all__ = ["SeasonalMean", "SeasonalNaive", "Smoothing"]

# How far level and season follow what was seen; each series takes the pair that would have told its past best.
_LEVEL_STEPS = (0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7)
_SEASON_STEPS = (0.05, 0.15, 0.3, 0.5)


@dataclass(frozen=True)
class SeasonalNaive:
    """As it was a season ago; with a season of 1, as it was last. What every other model has to beat."""

    season: int
    name = "seasonal_naive"
    is_naive = True

    @property
    def needs(self) -> int:
        return self.season

    def forecast(self, values: Floats, origins: Sequence[int], horizon: int) -> Floats:
        """The last season, over and over."""
        return np.stack([values[origin - self.season :][np.arange(horizon) % self.season] for origin in origins])


@dataclass(frozen=True)
class SeasonalMean:
    """As it was on average over the last `seasons` seasons, each step for itself."""

    season: int
    seasons: int
    is_naive = False

    @property
    def name(self) -> str:
        return f"seasonal_mean_{self.seasons}"

    @property
    def needs(self) -> int:
        return self.season * self.seasons

    def forecast(self, values: Floats, origins: Sequence[int], horizon: int) -> Floats:
        """The mean of the last seasons, over and over."""
        phases = np.arange(horizon) % self.season
        last = (values[origin - self.needs : origin].reshape(self.seasons, self.season) for origin in origins)
        return np.stack([seasons.mean(axis=0)[phases] for seasons in last])


@dataclass(frozen=True)
class Smoothing:
    """Exponential smoothing of a level and, where there is a season, of how far each of its steps lies above or below that.

    ETS(A,N,A) of Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 8.5. Without a trend: over many steps one
    hurts more than it helps.
    """

    season: int
    name = "smoothing"
    is_naive = False

    @property
    def needs(self) -> int:
        # With a season alone there is nothing yet to choose the steps by.
        return max(2 * self.season, 8)

    def forecast(self, values: Floats, origins: Sequence[int], horizon: int) -> Floats:
        """All pairs of steps go through the series once, side by side; each origin takes the one that told its past best."""
        ahead = np.arange(horizon)
        wanted = set(origins)
        rows = (
            (level[best] + offsets[best, (at + ahead) % self.season])
            for at, level, offsets, missed in self._states(values, max(origins))
            if at in wanted
            for best in (int(missed.argmin()),)
        )
        return np.stack(list(rows))

    def _states(self, values: Floats, last: int) -> Iterator[tuple[int, Floats, Floats, Floats]]:
        """Before each step up to `last`: the step, and of each pair its level, its offsets, and how far it was off up to now."""
        by_level, by_season = np.array(list(product(_LEVEL_STEPS, _SEASON_STEPS if self.season > 1 else (0.0,)))).T
        first = values[: self.season]
        level = np.full(len(by_level), first.mean())
        offsets = np.tile(first - first.mean(), (len(by_level), 1))
        missed = np.zeros(len(by_level))
        for at in range(self.season, last + 1):
            yield at, level, offsets, missed
            if at < last:
                place = at % self.season
                rest = values[at] - level - offsets[:, place]
                missed = missed + np.abs(rest)
                level = level + by_level * rest
                offsets[:, place] += by_season * (1 - by_level) * rest
