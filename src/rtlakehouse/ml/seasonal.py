"""The default detector: a level by the hour of the day, and a tolerance that knows how wild the series is.

Three things of a series are learned, each by steps towards what was seen: its level; how far each hour of the day lies above
or below that; and the mean square of what is left. Steps of the first two are cut at three times that mean's root, so that
an outlier does not drag them along. The mean itself is not cut: where outliers are usual they widen the tolerance, and only
what is unlike even them is told. Points are smoothed first, so that one lost minute is none and a lasting change is.
"""

from __future__ import annotations

import math
from datetime import datetime

from rtlakehouse.ml.detector import Band, Judgement

__all__ = ["CUT", "HOURS", "WARM_UP", "SeasonalBaseline"]

HOURS = 24
CUT = 3.0
# Fewer points than this say nothing of a series.
WARM_UP = 60


class SeasonalBaseline:
    """A level, an offset for each hour of the day, and a tolerance that knows how wild the series is.

    One configuration for every series: these values score alike over a wide range around them (docs/anomalies.md).

    smoothing: span, in points, of the exponential mean of the values. level_points, scale_points: how many points level
    and tolerance remember. season_step: how much of what is left moves the offset of its hour. tolerance: in roots of the
    mean square. quiet_points: after one was told, so many points pass before another is.
    """

    def __init__(
        self,
        *,
        smoothing: int = 8,
        level_points: int = 1_000,
        scale_points: int = 3_333,
        season_step: float = 0.02,
        tolerance: float = 5.5,
        quiet_points: int = 60,
    ) -> None:
        self.follow = 2 / (smoothing + 1)
        self.level_step = 1 / level_points
        self.scale_step = 1 / scale_points
        self.season_step = season_step
        self.tolerance = tolerance
        self.quiet_points = quiet_points
        self._seen = 0
        self._last_told = -quiet_points
        self._smooth = 0.0
        self._level = 0.0
        self._offsets = [0.0] * HOURS
        self._square = 0.0

    def update(self, at: datetime, value: float) -> Judgement:
        """Judge a point, then learn from it."""
        if self._seen == 0:
            self._smooth = self._level = value
        self._smooth += self.follow * (value - self._smooth)
        expected = self._level + self._offsets[at.hour]
        rest = self._smooth - expected
        scale = math.sqrt(self._square)
        judgement = self._judged(expected, rest, scale)
        self._learn(at.hour, rest, scale)
        return judgement

    def _judged(self, expected: float, rest: float, scale: float) -> Judgement:
        if self._seen < WARM_UP or scale == 0:
            return Judgement(self._smooth, None, 0.0, is_anomaly=False)
        tolerated = self.tolerance * scale
        score = abs(rest) / tolerated
        told = score > 1 and self._seen - self._last_told >= self.quiet_points
        if told:
            self._last_told = self._seen
        return Judgement(self._smooth, Band(expected, expected - tolerated, expected + tolerated), score, told)

    def _learn(self, hour: int, rest: float, scale: float) -> None:
        self._seen += 1
        # Early points count as much as all before them together.
        early = 1 / self._seen
        cut = rest if self._seen <= WARM_UP else max(-CUT * scale, min(CUT * scale, rest))
        self._level += max(self.level_step, early) * cut
        self._offsets[hour] += self.season_step * cut
        self._square += max(self.scale_step, early) * (rest * rest - self._square)
