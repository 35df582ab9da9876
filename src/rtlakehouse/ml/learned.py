"""What was learned of series that grow: a minute more costs a minute more, and one that is corrected is judged again.

It changes no answer. A series is compared with what was learned, so one that is another than it was is learned anew from the
first minute that differs.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from copy import deepcopy
from datetime import datetime
from threading import Lock

import numpy as np

from rtlakehouse.ml.detector import Detector
from rtlakehouse.ml.series import MINUTE, Floats, Judged, judged

__all__ = ["Learned", "Learner"]

# Most late events are of the last hours: so far back a correction costs what comes after it, and not all.
_APART = 60
_MOST = 8
# Of a week with what it is learned from, each has at most 130 kB.
_KEPT = 512


class Learner:
    """One series. make: a detector that has learned nothing. start: of its first minute, naive UTC."""

    def __init__(self, make: Callable[[], Detector], start: datetime) -> None:
        self._make = make
        self._start = start
        self._checkpoints: list[tuple[int, Detector]] = []
        self._begin()

    def told(self, values: Floats) -> list[Judged]:
        """The anomalies among these values, one a minute, NaN where there is none: those that a new detector would tell.

        After an error of the detector it is to be thrown away.
        """
        same = _same(self._values, values)
        if same < min(len(self._values), len(values)):
            self._go_back(same)
        for first in range(len(self._values), len(values), _APART):
            self._learn(values, first, min(first + _APART, len(values)))
        end = self._start + len(values) * MINUTE
        return [each for each in self._told if each.at < end]

    def _begin(self) -> None:
        self._detector = self._make()
        self._values: Floats = np.empty(0)
        self._told: list[Judged] = []

    def _go_back(self, place: int) -> None:
        """To how it was before a minute, or earlier."""
        while self._checkpoints and self._checkpoints[-1][0] > place:
            self._checkpoints.pop()
        if not self._checkpoints:
            self._begin()
            return
        length, kept = self._checkpoints[-1]
        self._detector = deepcopy(kept)
        self._values = self._values[:length]
        self._told = [each for each in self._told if each.at < self._start + length * MINUTE]

    def _learn(self, values: Floats, first: int, end: int) -> None:
        last = self._checkpoints[-1][0] if self._checkpoints else 0
        if len(values) - first <= _APART * _MOST and first >= last + _APART:
            self._checkpoints = [*self._checkpoints[1 - _MOST :], (first, deepcopy(self._detector))]
        self._told += [each for each in judged(self._detector, self._start, values[:end], first) if each.judgement.is_anomaly]
        self._values = values[:end]


class Learned:
    """The learners of many series; those that were asked for last are kept. Thread-safe."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._learners: OrderedDict[Hashable, Learner] = OrderedDict()
        self._lock = Lock()

    def told(self, name: Hashable, make: Callable[[], Detector], start: datetime, values: Floats) -> list[Judged]:
        """The anomalies of a series, as `Learner.told` has them. name: of the detector, the series, and where it starts."""
        with self._lock:
            learner = self._learners.pop(name, None) or Learner(make, start)
            found = learner.told(values)
            self._learners[name] = learner
            if len(self._learners) > self._most:
                self._learners.popitem(last=False)
        return found


def _same(kept: Floats, values: Floats) -> int:
    """How many values from the first on are the same."""
    length = min(len(kept), len(values))
    one, other = kept[:length], values[:length]
    differ = np.flatnonzero((one != other) & ~(np.isnan(one) & np.isnan(other)))
    return int(differ[0]) if len(differ) else length
