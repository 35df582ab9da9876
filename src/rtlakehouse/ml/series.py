"""Figures of minutes as a detector gets them: every minute once, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from rtlakehouse.ml.detector import Detector, Judgement

__all__ = ["MINUTE", "judged"]

MINUTE = timedelta(minutes=1)


def judged(
    detector: Detector, values: Mapping[datetime, float], end: datetime, missing: float | None
) -> Iterator[tuple[datetime, float, Judgement]]:
    """Every minute from the first that has a value up to `end`, which is excluded, with its judgement.

    missing: the value of a minute that has none, such as 0 of a count; None where it has none indeed: it is left out then.
    """
    if not values:
        return
    minute = min(values)
    while minute < end:
        value = values.get(minute, missing)
        if value is not None:
            yield minute, value, detector.update(minute, value)
        minute += MINUTE
