"""Figures as people read them."""

from __future__ import annotations

from datetime import datetime

__all__ = ["clock_time", "count", "micros", "rate", "seconds", "size"]

_UNKNOWN = "?"


def count(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:,.0f}"


def rate(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:,.0f} /s"


def size(value: float | None) -> str:
    """Bytes, in the unit that leaves up to four digits."""
    if value is None:
        return _UNKNOWN
    for unit in ("B", "KB", "MB", "GB"):
        if value < 10_000 or unit == "GB":
            break
        value /= 1024
    return f"{value:,.0f} {unit}"


def seconds(value: float | None) -> str:
    """A duration, from milliseconds to minutes."""
    if value is None:
        return _UNKNOWN
    if value < 1:
        return f"{value * 1000:,.0f} ms"
    return f"{value:,.1f} s" if value < 120 else f"{value / 60:,.0f} min"


def micros(value: float | None) -> str:
    return seconds(None if value is None else value / 1e6)


def clock_time(value: str | datetime | None) -> str:
    """Hours, minutes, seconds, in UTC."""
    if value is None:
        return ""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{moment:%H:%M:%S}"
