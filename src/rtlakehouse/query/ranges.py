"""The times that a statement asks a table for, read off its own conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlglot import exp

from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.medallion.graph import TABLES

__all__ = ["TIMES", "time_ranges"]

# Columns whose lowest and highest values the log has for each file; of a date the time it is the date of.
TIMES = {"event_time": "event_time", "event_date": "event_time", "window_start": "window_start"}
_DATES = {"event_date"}
_TICK = timedelta(microseconds=1)
# A day more or less has to be a time too.
_YEARS = range(2, 9999)
_TURNED = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.EQ: exp.EQ}


def time_ranges(mention: exp.Table, parameters: Mapping[str, Any]) -> list[Range]:
    """Ranges in which all rows lie that this mention of a table is asked for; parameters: the values of `$name`.

    Only comparisons with a constant in the WHERE beside the mention are looked at, so more rows than these are never wanted.
    """
    select = mention.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if where is None:
        return []
    found = (_range(condition, mention, parameters) for condition in _conjuncts(where.this))
    return [wanted for wanted in found if wanted is not None]


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    else:
        yield condition


def _range(condition: exp.Expr, mention: exp.Table, parameters: Mapping[str, Any]) -> Range | None:
    if isinstance(condition, exp.Between):
        low, high = condition.args["low"], condition.args["high"]
        first, last = (_bounds(condition.this, value, mention, parameters) for value in (low, high))
        return Range(TIMES[condition.this.name.lower()], first[0], last[1]) if first and last else None
    kind = type(condition)
    if kind not in _TURNED or not isinstance(condition, exp.Binary):
        return None
    column, value = condition.left.unnest(), condition.right.unnest()
    if isinstance(value, exp.Column):
        column, value, kind = value, column, _TURNED[kind]
    bounds = _bounds(column, value, mention, parameters)
    return _compared(kind, TIMES[column.name.lower()], *bounds) if bounds else None


def _compared(kind: type[exp.Expr], column: str, first: datetime, last: datetime) -> Range:
    """The rows whose time compares like this with the value that lasts from `first` to `last`."""
    if kind is exp.EQ:
        return Range(column, first, last)
    if kind in (exp.GT, exp.GTE):
        return Range(column, first if kind is exp.GTE else last + _TICK, None)
    return Range(column, None, last if kind is exp.LTE else first - _TICK)


def _bounds(
    column: exp.Expr, value: exp.Expr, mention: exp.Table, parameters: Mapping[str, Any]
) -> tuple[datetime, datetime] | None:
    """From when to when a constant lasts that a time of the mentioned table is compared with; None where it is another thing."""
    if not isinstance(column, exp.Column) or column.table.lower() not in ("", mention.alias_or_name.lower()):
        return None
    name = column.name.lower()
    if name not in TIMES or name not in TABLES[f"{mention.db}.{mention.name}".lower()].column_names:
        return None
    instant = _instant(value.unnest(), parameters)
    if instant is None:
        return None
    if name not in _DATES:
        return instant, instant
    return datetime.combine(instant, time.min, UTC), datetime.combine(instant, time.max, UTC)


def _instant(value: exp.Expr, parameters: Mapping[str, Any]) -> datetime | None:
    try:
        instant = datetime.fromisoformat(_text(value.this if isinstance(value, exp.Cast) else value, parameters))
    except ValueError:
        return None
    if instant.year not in _YEARS:
        return None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _text(value: exp.Expr, parameters: Mapping[str, Any]) -> str:
    if isinstance(value, exp.Placeholder):
        return str(parameters.get(value.name, ""))
    return value.name if isinstance(value, exp.Literal) and value.is_string else ""
