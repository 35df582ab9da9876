"""The figures of two ranges in one row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rtlakehouse.assistant.understanding import Understood
from rtlakehouse.semantic.catalogue import Catalogue, Metric
from rtlakehouse.semantic.question import STEP

__all__ = ["joined"]

Row = Mapping[str, Any]
_DIGITS = Decimal("0.000001")


def joined(understood: Understood, rows: Sequence[Row], previous: Sequence[Row], catalogue: Catalogue) -> list[dict[str, Any]]:
    """Rows of the range that was asked for, each figure with what it was in the other range, and how it changed.

    Steps stand beside those that lie as long after the start of their range. What only the other range has comes last, unless
    only the first so many rows were asked for. `relative_change` is null where there was nothing to compare with.
    """
    question = understood.question
    was = {_key(understood, row, earlier=True): row for row in previous}
    found = [_row(understood, row, was.pop(_key(understood, row), {}), catalogue) for row in rows]
    if question.limit is None:
        found += [_row(understood, _keys(understood, row), row, catalogue) for row in was.values()]
    return found


def _key(understood: Understood, row: Row, *, earlier: bool = False) -> tuple[Any, ...]:
    keys = _keys(understood, row) if earlier else row
    return tuple(keys[name] for name in understood.question.keys)


def _keys(understood: Understood, row: Row) -> dict[str, Any]:
    """What tells a row of the other range apart, as its counterpart has it."""
    keys = {name: row[name] for name in understood.question.keys}
    if STEP in keys and understood.versus:
        keys[STEP] += understood.period.start - understood.versus.start
    return keys


def _row(understood: Understood, now: Row, then: Row, catalogue: Catalogue) -> dict[str, Any]:
    row = {name: now[name] for name in understood.question.keys}
    for metric in map(catalogue.metric, understood.question.metrics):
        row |= _beside(metric, now.get(metric.name, _nothing(metric)), then.get(metric.name, _nothing(metric)))
    return row


def _beside(metric: Metric, now: Any, then: Any) -> dict[str, Any]:
    change = None if now is None or then is None else now - then
    relative = None
    if change is not None and then > 0:
        relative = (Decimal(change) / then).quantize(_DIGITS, ROUND_HALF_UP)
    return {
        metric.name: now,
        f"{metric.name}_previous": then,
        f"{metric.name}_change": change,
        f"{metric.name}_relative_change": relative,
    }


def _nothing(metric: Metric) -> int | Decimal | None:
    """The figure of a row that is not there."""
    return None if metric.ratio else Decimal("0.0000") if metric.is_money else 0
