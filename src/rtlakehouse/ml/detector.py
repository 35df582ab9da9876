"""What a detector of anomalies is: it gets the points of one series in the order of time, and judges each by those before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = ["Band", "Detector", "Judgement"]


@dataclass(frozen=True, slots=True)
class Band:
    """What a point was expected to be, and the range around that in which it is as usual."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of one point.

    judged: what was looked at: the value, or a mean of it and those before it. band: None while there is too little to judge by.
    score: distance from what was expected, as a multiple of what is tolerated: above 1 it lies outside of the band.
    is_anomaly: to be told: it is the first outside, or the first again after a long time.
    """

    judged: float
    band: Band | None
    score: float
    is_anomaly: bool


class Detector(Protocol):
    """Learns one series point by point. The same points give the same judgements; nothing of a later one is used."""

    def update(self, at: datetime, value: float) -> Judgement:
        """Judge a point, then learn from it. at: naive UTC, later than that of the point before."""
        ...
