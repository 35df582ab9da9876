"""Predicates for delta-rs, which reads a dialect of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

__all__ = ["window_predicate"]


def window_predicate(windows: Sequence[datetime], newest_before: datetime | None) -> str:
    """`window_start` is one of these minutes.

    newest_before: no row of the table is newer than this minute (None: the table is empty). All later windows are then one
    comparison, whatever their number: delta-rs takes half a second to read a list of 10,000.
    """
    if newest_before is None:
        return "true"
    known = ", ".join(_literal(window) for window in windows if window <= newest_before)
    later = f"window_start > {_literal(newest_before)}"
    return f"{later} or window_start in ({known})" if known else later


def _literal(instant: datetime) -> str:
    # Delta-rs takes a plain TIMESTAMP literal for nanoseconds and then refuses to compare it with microseconds.
    text = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"arrow_cast('{text.rjust(20, '0')}', 'Timestamp(Microsecond, Some(\"UTC\"))')"
