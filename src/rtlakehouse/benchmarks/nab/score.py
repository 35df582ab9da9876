"""The benchmark's score, written from its published definition.

Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms: the Numenta Anomaly Benchmark" (2015), arXiv:1510.03336,
section II.C. The first point that is told within a labelled window earns up to 1, the more the earlier; each point told
outside costs up to the weight of a false alarm, the more the longer after a window; a window in which none was told costs 1.
The first 15 % of a series, of at most 5,000 points, are for learning and do not count. 100 is every window at its start and
nothing else; 0 is nothing told at all.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rtlakehouse.benchmarks.nab.series import Labelled

__all__ = ["PROFILE", "Profile", "Score", "scored"]

_LEARNING_SHARE = 0.15
_LEARNING_POINTS = 5_000
# Beyond three lengths of a window behind it the sigmoid is as good as -1.
_FAR = 3.0


@dataclass(frozen=True)
class Profile:
    """What a detection earns and an error costs."""

    detected: float = 1.0
    false_alarm: float = 0.11
    missed: float = 1.0


# The standard profile.
PROFILE = Profile()


@dataclass(frozen=True)
class Score:
    """score: 0 to 100, below 0 for what is worse than silence."""

    score: float
    detected: int
    missed: int
    false_alarms: int


@dataclass(frozen=True)
class _Tally:
    earned: float
    detected: int
    missed: int
    false_alarms: int


def scored(told: Iterable[tuple[Labelled, Sequence[int]]], profile: Profile = PROFILE) -> Score:
    """The score of all series together. told: each series, and the points of it that were told, in their order."""
    tallies = [_tally(series, points, profile) for series, points in told]
    windows = sum(tally.detected + tally.missed for tally in tallies)
    silent = -profile.missed * windows
    perfect = profile.detected * windows
    return Score(
        score=100 * (sum(tally.earned for tally in tallies) - silent) / (perfect - silent),
        detected=sum(tally.detected for tally in tallies),
        missed=sum(tally.missed for tally in tallies),
        false_alarms=sum(tally.false_alarms for tally in tallies),
    )


def _tally(series: Labelled, points: Sequence[int], profile: Profile) -> _Tally:
    learning = int(min(_LEARNING_SHARE * len(series.values), _LEARNING_SHARE * _LEARNING_POINTS))
    counted = [point for point in points if point >= learning]
    windows = [window for window in series.windows if window[1] >= learning]
    first_in = {window: _first_in(counted, window) for window in windows}
    earned = sum(
        -profile.missed if point is None else profile.detected * _early(point, window) for window, point in first_in.items()
    )
    outside = [point for point in counted if not any(first <= point <= last for first, last in windows)]
    costs = sum(profile.false_alarm * _late(point, windows) for point in outside)
    detected = sum(point is not None for point in first_in.values())
    return _Tally(earned + costs, detected, len(windows) - detected, len(outside))


def _first_in(points: Sequence[int], window: tuple[int, int]) -> int | None:
    place = bisect_left(points, window[0])
    return points[place] if place < len(points) and points[place] <= window[1] else None


def _early(point: int, window: tuple[int, int]) -> float:
    """1 at the start of the window, 0 just behind its end."""
    first, last = window
    return _sigmoid(-(last - point + 1) / (last - first + 1)) / _sigmoid(-1.0)


def _late(point: int, windows: Sequence[tuple[int, int]]) -> float:
    """-1 before the first window; behind one from 0 towards -1."""
    before = [window for window in windows if window[1] < point]
    if not before:
        return -1.0
    first, last = before[-1]
    return _sigmoid((point - last) / (last - first))


def _sigmoid(position: float) -> float:
    return -1.0 if position > _FAR else 2 / (1 + math.exp(5 * position)) - 1
