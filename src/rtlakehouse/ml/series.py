"""Figures of minutes as a detector gets them: in order, and only those that there are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from rtlakehouse.ml.detector import Detector, Judgement

__all__ = ["MINUTE", "Floats", "Judged", "judged"]

MINUTE = timedelta(minutes=1)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """A minute, its value, and what a detector says of it. at: naive UTC."""

    at: datetime
    value: float
    judgement: Judgement


def judged(detector: Detector, start: datetime, values: Floats, first: int = 0) -> Iterator[Judged]:
    """The minutes of a series from place `first` on. values: one a minute from `start`; NaN, where there is none, is left out."""
    for place, value in enumerate(values[first:].tolist(), first):
        if not math.isnan(value):
            at = start + place * MINUTE
            yield Judged(at, value, detector.update(at, value))
