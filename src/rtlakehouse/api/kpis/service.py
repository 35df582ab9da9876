"""Metrics of two ranges side by side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.kpis.schemas import Change
from rtlakehouse.figures import Span, figures
from rtlakehouse.semantic.catalogue import Metric, load
from rtlakehouse.semantic.question import Question
from rtlakehouse.semantic.statement import compile_question

__all__ = ["compared"]

_DIGITS = Decimal("0.000001")
# Currencies have three letters, so there are no more of them.
_MOST_CURRENCIES = 26**3
_COUNTS = tuple(metric.name for metric in load().metrics if not metric.is_money)
_MONEY = tuple(metric.name for metric in load().metrics if metric.is_money)

Figures = Mapping[str, Any]
Ends = tuple[datetime, datetime]


def compared(reading: Reading, current: Ends, previous: Ends) -> list[Change]:
    """Every metric in both ranges, money by currency: one that only one of them has stands beside nothing in the other."""
    (now,), (then,) = (_rows(reading, Question(_COUNTS), ends) for ends in (current, previous))
    changes = [_change(load().metric(name), None, now[name], then[name]) for name in _COUNTS]
    money_now, money_then = (_money(reading, ends) for ends in (current, previous))
    for currency in sorted(money_now.keys() | money_then.keys()):
        for name in _MONEY:
            metric = load().metric(name)
            nothing = Decimal("0.0000") if metric.additive else None
            sides = (side[currency][name] if currency in side else nothing for side in (money_now, money_then))
            changes.append(_change(metric, currency, *sides))
    return changes


def _rows(reading: Reading, question: Question, ends: Ends) -> list[Figures]:
    statement = compile_question(question, load())
    span = Span(reading.tenant_id, *ends)
    rows: list[Figures] = figures(reading.snapshot, question, statement, span, _MOST_CURRENCIES).to_pylist()
    return rows


def _money(reading: Reading, ends: Ends) -> dict[str, Figures]:
    return {row["currency"]: row for row in _rows(reading, Question(_MONEY, ("currency",)), ends)}


def _change(metric: Metric, currency: str | None, now: int | Decimal | None, then: int | Decimal | None) -> Change:
    change = None if now is None or then is None else now - then
    relative = None
    if change is not None and then is not None and then > 0:
        relative = (Decimal(change) / then).quantize(_DIGITS, ROUND_HALF_UP)
    return Change(
        metric=metric.name,
        unit=metric.unit,
        format=metric.format,
        currency=currency,
        current=_plain(now),
        previous=_plain(then),
        change=_plain(change),
        relative_change=None if relative is None else f"{relative:f}",
    )


def _plain(value: int | Decimal | None) -> int | str | None:
    return f"{value:f}" if isinstance(value, Decimal) else value
