"""An answer in words and as a picture: the sentence with its numbers, and which chart shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from rtlakehouse.assistant.times import Period
from rtlakehouse.assistant.understanding import Understood
from rtlakehouse.semantic.catalogue import Catalogue, Metric
from rtlakehouse.semantic.question import STEP, Filter, Operator, Question

__all__ = ["Chart", "ChartKind", "chart", "key", "number", "sentence", "shown_range", "what"]

ChartKind = Literal["number", "bar", "line", "table"]
Row = Mapping[str, Any]
_TOLD = 5
_OPERATORS: dict[Operator, str] = {
    "eq": "is",
    "ne": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "starts_with": "starts with",
    "contains": "contains",
    "is_null": "is not given",
    "is_not_null": "is given",
}
_STEPS = {"1m": "minute", "5m": "5 minutes", "15m": "15 minutes", "1h": "hour", "1d": "day", "all": ""}


@dataclass(frozen=True)
class Chart:
    """kind: `number` for one row, `line` over steps of time, `bar` over a dimension, `table` where more tells rows apart.

    x, series: names of columns; y: the columns that are drawn.
    """

    kind: ChartKind
    x: str | None
    y: tuple[str, ...]
    series: str | None


def chart(question: Question, compared: bool) -> Chart:
    """Which chart shows the rows of a question. compared: beside each figure stands that of the other range."""
    y = tuple(name for metric in question.metrics for name in (metric, *([f"{metric}_previous"] if compared else [])))
    keys = question.keys
    if not keys:
        return Chart("number", None, y, None)
    # The unit of money is never what its amounts are drawn along where there is anything else.
    by_row = sorted(keys, key=lambda name: (name != STEP, name == "currency"))
    if len(keys) > 2:
        return Chart("table", None, y, None)
    kind: ChartKind = "line" if question.grain != "all" and question.limit is None else "bar"
    return Chart(kind, by_row[0], y, by_row[1] if len(keys) > 1 else None)


def sentence(understood: Understood, rows: Sequence[Row], catalogue: Catalogue, newest: datetime | None) -> str:
    """The answer in one sentence: what, of which range, and its figures. rows: as computed. newest: end of the newest minute."""
    question = understood.question
    head = f"{what(question, catalogue)}, {shown_range(understood.period)}"
    if understood.versus:
        head = f"{head}, compared to {shown_range(understood.versus)}"
    if not rows or not any(row[name] for row in rows for name in _numbers(understood)):
        return f"{head}: {_nothing(understood, rows, catalogue, newest)}"
    if not question.keys:
        return f"{head}: {_figures(understood, rows[0], catalogue)}."
    told = "; ".join(_row(understood, row, catalogue) for row in rows[:_TOLD])
    count = f"{len(rows):,} rows, of which the first are " if len(rows) > _TOLD else ""
    return f"{head}: {count}{told}."


def shown_range(period: Period) -> str:
    """A range as it is written: both ends, in UTC."""
    last = period.end
    if period.start == datetime(1970, 1, 1):  # noqa: DTZ001 - naive UTC, as in the statements
        return f"all up to {last:%Y-%m-%d %H:%M} UTC"
    if period.end - period.start == timedelta(minutes=1):
        return f"the minute {period.start:%Y-%m-%d %H:%M} UTC"
    same_day = period.start.date() == last.date()
    return f"{period.start:%Y-%m-%d %H:%M} to {last:{'%H:%M' if same_day else '%Y-%m-%d %H:%M'}} UTC"


def what(question: Question, catalogue: Catalogue) -> str:
    """What is asked, apart from the range."""
    titles = [catalogue.metric(name).title for name in question.metrics]
    named = " and ".join([titles[0], *(title.lower() for title in titles[1:])])
    told = [f"per {_STEPS[question.grain]}"] if question.grain != "all" else []
    if question.dimensions:
        told.append("by " + " and ".join(catalogue.dimension(name).title.lower() for name in question.dimensions))
    told += [_condition(wanted, catalogue) for wanted in question.filters]
    if question.limit:
        told.append(f"the {_end(question)} {question.limit:,}")
    return ", ".join([named, *told])


def _condition(wanted: Filter, catalogue: Catalogue) -> str:
    dimension = catalogue.dimension(wanted.dimension)
    values = ", ".join("true" if value is True else "false" if value is False else str(value) for value in wanted.values)
    return f"{dimension.title.lower()} {_OPERATORS[wanted.operator]} {values}".strip()


def _end(question: Question) -> str:
    """Which rows the first ones are."""
    if not question.order or question.order[0].by not in question.metrics:
        return "first"
    return "highest" if question.order[0].descending else "lowest"


def _numbers(understood: Understood) -> Iterator[str]:
    for name in understood.question.metrics:
        yield name
        if understood.versus:
            yield f"{name}_previous"


def _nothing(understood: Understood, rows: Sequence[Row], catalogue: Catalogue, newest: datetime | None) -> str:
    figures = f"{_figures(understood, rows[0], catalogue)}. " if rows and not understood.question.keys else "none. "
    if newest is None:
        return f"{figures}Nothing has happened yet."
    if newest <= understood.period.start:
        return f"{figures}The newest event is of {newest - timedelta(minutes=1):%Y-%m-%d %H:%M} UTC."
    return figures.strip()


def _row(understood: Understood, row: Row, catalogue: Catalogue) -> str:
    keys = [name for name in understood.question.keys if name != "currency" or not _has_money(understood.question, catalogue)]
    named = ", ".join(key(row[name]) for name in keys)
    return f"{named}: {_figures(understood, row, catalogue)}" if named else _figures(understood, row, catalogue)


def _has_money(question: Question, catalogue: Catalogue) -> bool:
    return any(catalogue.metric(name).is_money for name in question.metrics)


def key(value: Any) -> str:
    """What tells a row apart: a time, or a value of a dimension."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "none given" if value is None else str(value)


def _figures(understood: Understood, row: Row, catalogue: Catalogue) -> str:
    question = understood.question
    several = len(question.metrics) > 1
    texts = []
    for metric in map(catalogue.metric, question.metrics):
        # The title of a metric says its unit already.
        unit = _currency(question, row) if metric.is_money else "" if several else metric.unit
        text = number(metric, row[metric.name], unit)
        if understood.versus:
            text = f"{text}, was {number(metric, row[f'{metric.name}_previous'], unit)}{_moved(metric, row)}"
        texts.append(f"{metric.title.lower()} {text}" if several else text)
    return ", ".join(texts)


def _moved(metric: Metric, row: Row) -> str:
    relative = row[f"{metric.name}_relative_change"]
    return "" if relative is None else f" ({relative * 100:+.1f} %)"


def _currency(question: Question, row: Row) -> str:
    filtered = [wanted.values[0] for wanted in question.filters if wanted.dimension == "currency" and wanted.operator == "eq"]
    return str(row.get("currency") or (filtered[0] if filtered else ""))


def number(metric: Metric, value: int | Decimal | None, unit: str) -> str:
    """A figure with its unit; of money that is the currency."""
    if value is None:
        return "not defined, there is nothing to divide by"
    if metric.format == "percent":
        return f"{value * 100:.2f} %"
    return f"{value:,.2f} {unit}".strip() if metric.is_money else f"{value:,} {unit}".strip()
