"""The detector that others are measured against: how unlikely a value is, were those before it normally distributed.

After the windowed Gaussian detector of the Numenta Anomaly Benchmark: mean and deviation of a window that moves on in steps.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime

import numpy as np

from rtlakehouse.ml.detector import Band, Judgement

__all__ = ["WindowedGaussian"]

_LEAST = 1e-6


class WindowedGaussian:
    """How unlikely a value is, were those before it normally distributed: knows no hour of the day.

    window, step: in points. tolerance: in deviations; with the default one point in 10^12 lies outside, the best of the
    powers of ten for the labelled series. quiet_points: as of the default detector, or 1 to tell every point."""

    def __init__(self, *, window: int = 6_400, step: int = 100, tolerance: float = 7.03, quiet_points: int = 60) -> None:
        self._values: deque[float] = deque(maxlen=window)
        self._step = step
        self._tolerance = tolerance
        self._quiet = quiet_points
        self._seen = 0
        self._last_told = -quiet_points
        self._mean = self._deviation = 0.0

    def update(self, at: datetime, value: float) -> Judgement:
        """Judge a point, then learn from it."""
        judgement = self._judged(value)
        self._values.append(value)
        self._seen += 1
        if self._seen <= self._step or self._seen % self._step == 0:
            held = np.fromiter(self._values, float)
            self._mean, self._deviation = float(held.mean()), max(float(held.std()), _LEAST)
        return judgement

    def _judged(self, value: float) -> Judgement:
        if self._deviation == 0:
            return Judgement(value, None, 0.0, is_anomaly=False)
        tolerated = self._tolerance * self._deviation
        score = abs(value - self._mean) / tolerated
        told = score > 1 and self._seen - self._last_told >= self._quiet
        if told:
            self._last_told = self._seen
        return Judgement(value, Band(self._mean, self._mean - tolerated, self._mean + tolerated), score, told)
