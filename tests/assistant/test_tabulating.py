"""Rows of any statement are drawn along what tells them apart, and told in a sentence."""

from __future__ import annotations

import pytest

from rtlakehouse.assistant.tabulating import ColumnKind, drawn, row_sentence
from rtlakehouse.assistant.wording import Chart


@pytest.mark.parametrize(
    ("kinds", "count", "chart"),
    [
        ({"orders": "metric"}, 1, Chart("number", None, ("orders",), None)),
        ({"orders": "metric"}, 2, Chart("table", None, ("orders",), None)),
        ({"country": "dimension", "orders": "metric"}, 9, Chart("bar", "country", ("orders",), None)),
        ({"country": "dimension", "at": "time", "orders": "metric"}, 9, Chart("line", "at", ("orders",), "country")),
        ({"a": "dimension", "b": "dimension", "c": "time", "orders": "metric"}, 9, Chart("table", None, ("orders",), None)),
        ({"country": "dimension"}, 9, Chart("table", None, (), None)),
    ],
)
def test_a_chart_fits_the_columns(kinds: dict[str, ColumnKind], count: int, chart: Chart) -> None:
    assert drawn(kinds, count) == chart


def test_the_first_rows_are_told_and_how_many_there_are() -> None:
    assert row_sentence([]) == "No row is so."
    assert row_sentence([{"day": "Monday", "orders": 1_204, "late": None}]) == "day Monday, orders 1,204, late not given."
    told = row_sentence([{"n": number} for number in range(9)])
    assert told == "9 rows, of which the first are n 0; n 1; n 2; n 3; n 4."
    assert len(row_sentence([{"raw": "x" * 10_000}])) < 100
