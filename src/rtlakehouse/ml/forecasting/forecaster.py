"""What a model of forecasts is: it says how a series goes on, from many of its points at once, so that all can judge it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "Forecaster"]

Floats = npt.NDArray[np.float64]


class Forecaster(Protocol):
    """One model. The same values give the same forecasts; nothing at or after an origin is used for the forecast from there."""

    @property
    def name(self) -> str:
        """What it is called, without its season."""
        ...

    @property
    def season(self) -> int:
        """After how many steps the series is taken to repeat itself; 1: never."""
        ...

    @property
    def needs(self) -> int:
        """How many values have to come before an origin."""
        ...

    @property
    def is_naive(self) -> bool:
        """Whether it learns nothing, and others are to be measured against it."""
        ...

    def forecast(self, values: Floats, origins: Sequence[int], horizon: int) -> Floats:
        """Forecasts of `values[origin : origin + horizon]`, a row an origin, each from `values[:origin]` alone.

        values: no gaps. origins: ascending, each at least `needs` and at most the length of the series.
        """
        ...
