"""How figures have gone while somebody looked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from rtlakehouse.client import Figures

__all__ = ["records_in"]

# Long enough that a batch now and then makes an even course, short enough that a sender that has stopped shows at once.
_WITHIN = timedelta(seconds=15)


def records_in(course: Iterable[tuple[datetime, Figures]]) -> list[float]:
    """Records received a second, at each point of a course, over the fifteen seconds before it; 0 at the first."""
    points = [(at, now.one("rtl_ledger_records", fate="received") or 0) for at, now in course]
    found: list[float] = []
    oldest = 0
    for at, received in points:
        while at - points[oldest][0] > _WITHIN and points[oldest + 1][0] < at:
            oldest += 1
        since, before = points[oldest]
        seconds = (at - since).total_seconds()
        # A restored table may hold fewer.
        found.append(max(0.0, received - before) / seconds if seconds else 0.0)
    return found
