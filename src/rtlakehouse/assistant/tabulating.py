"""Rows of a statement in words and as a picture, of whose columns nothing is known but their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from rtlakehouse.assistant.wording import Chart

__all__ = ["ColumnKind", "drawn", "row_sentence"]

ColumnKind = Literal["time", "dimension", "metric"]
_TOLD = 5
_LONGEST = 80


def drawn(kinds: Mapping[str, ColumnKind], count: int) -> Chart:
    """Which chart shows so many rows: numbers along what tells the rows apart, where one or two columns do."""
    keys = sorted((name for name, kind in kinds.items() if kind != "metric"), key=lambda name: kinds[name] != "time")
    y = tuple(name for name, kind in kinds.items() if kind == "metric")
    if not y or len(keys) > 2 or (not keys and count != 1):
        return Chart("table", None, y, None)
    if not keys:
        return Chart("number", None, y, None)
    return Chart("line" if kinds[keys[0]] == "time" else "bar", keys[0], y, keys[1] if len(keys) > 1 else None)


def row_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """The first rows, as plain values: each column's name with what is in it."""
    if not rows:
        return "No row is so."
    told = "; ".join(", ".join(f"{name} {_value(value)}" for name, value in row.items()) for row in rows[:_TOLD])
    return f"{f'{len(rows):,} rows, of which the first are ' if len(rows) > _TOLD else ''}{told}."


def _value(value: Any) -> str:
    if value is None:
        return "not given"
    text = f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
