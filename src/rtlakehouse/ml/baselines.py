"""The default detector of many series at once: a minute more of hundreds of them is a few operations on whole columns."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from datetime import datetime

import numpy as np
import numpy.typing as npt

from rtlakehouse.ml.detector import Band, Judgement
from rtlakehouse.ml.seasonal import CUT, HOURS, WARM_UP, SeasonalBaseline
from rtlakehouse.ml.series import Floats, Judged

__all__ = ["SeasonalBaselines"]

_Flags = npt.NDArray[np.bool_]


class SeasonalBaselines:
    """As many `SeasonalBaseline` as there are series; each judges and learns, bit for bit, as it would alone."""

    def __init__(self, count: int = 0) -> None:
        self._of = SeasonalBaseline()
        self._seen = np.zeros(0)
        self._last_told = np.zeros(0)
        self._smooth, self._level, self._square = np.zeros(0), np.zeros(0), np.zeros(0)
        self._offsets = np.zeros((HOURS, 0))
        self.extend(count)

    def __len__(self) -> int:
        return len(self._seen)

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in vars(self).values() if isinstance(each, np.ndarray))

    @property
    def has_begun(self) -> _Flags:
        """Which series had a value already."""
        begun: _Flags = self._seen > 0
        return begun

    def extend(self, count: int) -> None:
        """So many series more, of which nothing is known."""
        self._last_told = np.append(self._last_told, np.full(count, -float(self._of.quiet_points)))
        for name in ("_seen", "_smooth", "_level", "_square"):
            setattr(self, name, np.append(getattr(self, name), np.zeros(count)))
        self._offsets = np.hstack([self._offsets, np.zeros((HOURS, count))])

    def copied(self) -> SeasonalBaselines:
        """What goes on by itself from here."""
        other = copy(self)
        for name, each in vars(self).items():
            if isinstance(each, np.ndarray):
                setattr(other, name, each.copy())
        return other

    def update(self, at: datetime, values: Floats) -> Iterator[tuple[int, Judged]]:
        """Judge a point of each series, then learn from it: the place of each that is an anomaly, with what is said of it.

        values: NaN where a series has none. All is learned once this has returned.
        """
        there = ~np.isnan(values)
        first = there & (self._seen == 0)
        smooth = np.where(first, values, self._smooth)
        level = np.where(first, values, self._level)
        smooth += self._of.follow * (values - smooth)
        expected = level + self._offsets[at.hour]
        rest = smooth - expected
        scale = np.sqrt(self._square)
        tolerated = self._of.tolerance * scale
        told = self._told(there, rest, scale, tolerated)
        self._learn(at.hour, there, smooth, level, rest, scale)
        return (
            (
                place,
                Judged(
                    at, float(values[place]), _judgement(*(float(each[place]) for each in (smooth, expected, rest, tolerated)))
                ),
            )
            for place in np.flatnonzero(told).tolist()
        )

    def _told(self, there: _Flags, rest: Floats, scale: Floats, tolerated: Floats) -> _Flags:
        known = there & (self._seen >= WARM_UP) & (scale != 0)
        outside = np.divide(np.abs(rest), tolerated, out=np.zeros(len(rest)), where=known) > 1
        told: _Flags = outside & (self._seen - self._last_told >= self._of.quiet_points)
        np.copyto(self._last_told, self._seen, where=told)
        return told

    def _learn(self, hour: int, there: _Flags, smooth: Floats, level: Floats, rest: Floats, scale: Floats) -> None:
        self._seen += there
        # Where nothing was seen yet there is nothing to learn either.
        early = 1 / np.maximum(self._seen, 1)
        most = CUT * scale
        cut = np.where(self._seen <= WARM_UP, rest, np.maximum(-most, np.minimum(most, rest)))
        level += np.maximum(self._of.level_step, early) * cut
        square = self._square + np.maximum(self._of.scale_step, early) * (rest * rest - self._square)
        np.copyto(self._smooth, smooth, where=there)
        np.copyto(self._level, level, where=there)
        np.copyto(self._square, square, where=there)
        np.add(self._offsets[hour], self._of.season_step * cut, out=self._offsets[hour], where=there)


def _judgement(smooth: float, expected: float, rest: float, tolerated: float) -> Judgement:
    band = Band(expected, expected - tolerated, expected + tolerated)
    return Judgement(smooth, band, abs(rest) / tolerated, is_anomaly=True)
