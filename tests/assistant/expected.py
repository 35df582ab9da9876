"""What each question of the evaluation must be answered with, by the oracle.

`PYTHONPATH=tests .venv/bin/python -m assistant.expected` writes it into the package; test_figures.py holds it to this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import oracle
from api import meaning
from api.meaning import Event
from api.serving import rfc3339
from api.test_metrics_query import expected_rows, figures
from rtlakehouse.assistant.evaluation import figures as kept
from rtlakehouse.assistant.evaluation.cases import Case, Expected, Range, cases
from rtlakehouse.assistant.evaluation.shop import events
from rtlakehouse.semantic.question import STEP, Filter, Question

FILE = Path(kept.__file__).with_name("figures.json")
Row = dict[str, Any]


@cache
def shop() -> tuple[Event, ...]:
    """The accepted events of the shop."""
    sent = list(events())
    received = datetime(2026, 11, 25, tzinfo=UTC)
    records = [oracle.Record(each.raw, place, each.received_at, received) for place, each in enumerate(sent)]
    found = oracle.run(records)
    assert len(found.silver) == len(sent)
    return tuple(meaning.events_of(found))


def answered() -> list[Case]:
    return [case for case in cases() if case.expected is not None]


def rows_of(case: Case) -> list[Row]:
    """The rows of an answer, each with the columns that are told of it."""
    asked = case.expected
    assert asked is not None
    now = _rows(asked.question, asked.range)
    if asked.versus is None:
        return _first(asked.question, now)
    return _first(asked.question, _beside(asked, now, _rows(asked.question, asked.versus)))


def _rows(question: Question, span: Range) -> list[Row]:
    chosen = [event for event in shop() if all(_passes(event, wanted) for wanted in question.filters)]
    start, end = (instant.replace(tzinfo=UTC) for instant in span)
    return expected_rows(chosen, (start, end), question.metrics, question.dimensions, question.grain)


def _passes(event: Event, wanted: Filter) -> bool:
    value = event[wanted.dimension]
    return value is not None and (value in wanted.values) is (wanted.operator in ("eq", "in"))


def _beside(asked: Expected, now: Sequence[Row], then: Sequence[Row]) -> list[Row]:
    """Rows of both ranges by what tells them apart, steps of the second moved to the first."""
    names = asked.question.metrics
    nothing = figures([], names)
    assert asked.versus is not None
    apart = asked.range[0] - asked.versus[0]

    def key(row: Row, moved: bool) -> tuple[Any, ...]:
        values = [row[name] for name in asked.question.keys]
        if moved and asked.question.keys[:1] == (STEP,):
            values[0] = rfc3339(oracle.microseconds(meaning.utc(values[0]) + apart))
        return tuple(values)

    first, second = {key(row, False): row for row in now}, {key(row, True): row for row in then}
    return [
        dict(zip(asked.question.keys, place, strict=True))
        | {name: first.get(place, nothing)[name] for name in names}
        | {f"{name}_previous": second.get(place, nothing)[name] for name in names}
        for place in first | second
    ]


def _first(question: Question, rows: Sequence[Row]) -> list[Row]:
    """As many rows as are asked for, those alike in the order of what tells them apart."""
    if question.limit is None:
        return list(rows)
    (order,) = question.order
    known = sorted((row for row in rows if row[order.by] is not None), key=lambda row: _keys(question, row))
    known.sort(key=lambda row: float(row[order.by]), reverse=order.descending)
    return known[: question.limit]


def _keys(question: Question, row: Mapping[str, Any]) -> list[tuple[bool, str]]:
    return [(row[name] is None, row[name] or "") for name in question.keys]


def main() -> None:
    lines = (f"{json.dumps(case.ask)}: {json.dumps(rows_of(case))}" for case in answered())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
