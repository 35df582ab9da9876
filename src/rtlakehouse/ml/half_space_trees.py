"""Half-space trees (Tan, Ting and Liu 2011), as river has them: how few of the last points lay where a point lies.

A point is where its smoothed value lies beside the series' level, and where the value lies beside that, both in multiples of how
far values usually are from the level. It knows no hour of the day and gives no range.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from rtlakehouse.ml.detector import Judgement

__all__ = ["HalfSpaceTrees"]

_CUT = 3.0
_WARM_UP = 60
_LEVEL_STEP, _SCALE_STEP = 1 / 1_000, 1 / 3_333
# The trees know nothing before the first window is full, and little before the third.
_WINDOWS = 3


class HalfSpaceTrees:
    """Points in a space where few were before: knows no hour of the day, gives no range, and needs river.

    trees, height, window: of the trees. tolerance: the share of all there can be from which on a point is odd. reach: how many
    multiples of the usual distance the trees span on either side. smoothing, quiet_points: as of the default detector.
    """

    def __init__(
        self,
        *,
        trees: int = 25,
        height: int = 8,
        window: int = 250,
        tolerance: float = 0.99,
        reach: float = 20.0,
        smoothing: int = 8,
        quiet_points: int = 60,
    ) -> None:
        # Imported here: it comes with an extra, and takes a second.
        from river.anomaly import HalfSpaceTrees as Trees

        self._trees: Any = Trees(n_trees=trees, height=height, window_size=window, seed=7)
        self._warm_up = _WINDOWS * window
        self._tolerance = tolerance
        self._reach = reach
        self._follow = 2 / (smoothing + 1)
        self._quiet = quiet_points
        self._seen = 0
        self._last_told = -quiet_points
        self._smooth = self._level = self._square = 0.0

    def update(self, at: datetime, value: float) -> Judgement:
        """Judge a point, then learn from it."""
        if self._seen == 0:
            self._smooth = self._level = value
        self._smooth += self._follow * (value - self._smooth)
        rest, scale = self._smooth - self._level, math.sqrt(self._square)
        point = {"level": self._place(rest, scale), "change": self._place(value - self._smooth, scale)}
        score = self._trees.score_one(point) / self._tolerance
        self._trees.learn_one(point)
        self._learn(rest, scale)
        return self._judged(score)

    def _place(self, distance: float, scale: float) -> float:
        """Of a distance in the space that the trees divide, 0 to 1."""
        return 0.5 if scale == 0 else min(1.0, max(0.0, 0.5 + distance / (self._reach * scale)))

    def _learn(self, rest: float, scale: float) -> None:
        self._seen += 1
        early = 1 / self._seen
        cut = rest if self._seen <= _WARM_UP else max(-_CUT * scale, min(_CUT * scale, rest))
        self._level += max(_LEVEL_STEP, early) * cut
        self._square += max(_SCALE_STEP, early) * (rest * rest - self._square)

    def _judged(self, score: float) -> Judgement:
        if self._seen <= self._warm_up:
            return Judgement(self._smooth, None, 0.0, is_anomaly=False)
        told = score > 1 and self._seen - self._last_told >= self._quiet
        if told:
            self._last_told = self._seen
        return Judgement(self._smooth, None, score, told)
