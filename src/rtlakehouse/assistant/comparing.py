"""Which range stands beside which: what a comparison means where only one of them is named in full."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from rtlakehouse.assistant.points import month_after
from rtlakehouse.assistant.times import Period, Unit, running

__all__ = ["before", "beside"]

_DAYS: dict[Unit, timedelta] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
_MONTHS: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}


def beside(base: Period | None, other: Period | None, default: Period, now: datetime) -> tuple[Period, Period]:
    """The range that is asked for and the one it is compared with, of which either may be left open.

    A range that still runs is compared with as much of the other: today until now with yesterday until this time of day.
    """
    if other is None:
        base = base or default
        return base, before(base)
    if base is None:
        base = replace(other, is_previous=False) if other.unit is None else running(other.unit, now)
        return (base, before(base)) if other.unit is None or other.is_previous else (base, _as_much(base, other))
    if other.is_previous:
        return base, before(base)
    if other.unit is not None and (base.unit == other.unit or base.end - base.start < other.end - other.start):
        return base, _counterpart(base, other)
    return base, other


def before(period: Period) -> Period:
    """The range of the same kind before it: the day before, the month before, else as long a range."""
    if period.unit in _MONTHS:
        start = datetime.combine(_months_back(period.start.date(), _MONTHS[period.unit]), period.start.time())
        end = min(start + (period.end - period.start), period.start) if period.is_running else period.start
        return Period(start, end)
    length = period.end - period.start
    back = _DAYS[period.unit] if period.unit else length
    return Period(period.start - back, period.end - back)


def _counterpart(base: Period, other: Period) -> Period:
    """As much of `other` as `base` is, or the part of it that lies where `base` lies in its own day, week or month."""
    if base.unit == other.unit:
        return _as_much(base, other) if base.is_running else other
    if other.unit in _MONTHS:
        first = base.start.date().replace(day=1)
        there = other.start.date().replace(day=1)
        months = (first.year - there.year) * 12 + first.month - there.month
        start = datetime.combine(_months_back(base.start.date(), months), base.start.time())
        return Period(start, start + (base.end - base.start))
    whole = _DAYS[other.unit or "day"]
    back = (base.start - other.start) // whole * whole
    return Period(base.start - back, base.end - back)


def _as_much(base: Period, other: Period) -> Period:
    return Period(other.start, min(other.end, other.start + (base.end - base.start)))


def _months_back(day: date, months: int) -> date:
    """The same day of an earlier month, or its last one."""
    first = month_after(day, -months)
    last = month_after(first, 1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))
