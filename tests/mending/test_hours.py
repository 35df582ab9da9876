"""Hours in which little happened are compared together; none is left out, and none in which nothing happened is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mending.lakes import NOON, event, refined
from rtlakehouse.contract.refine import Limits
from rtlakehouse.mending.hours import hours_of
from rtlakehouse.mending.view import Span, View
from rtlakehouse.storage.lake import Lake

HOUR = timedelta(hours=1)
TIMES = {"silver.events": "event_time", "gold.kpis_1m": "window_start"}
HAPPENED = (NOON - 49 * HOUR, NOON - 2 * HOUR, NOON - HOUR / 2, NOON - HOUR / 4)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Each event in a file of its own."""
    commits = [[event(number, at)] for number, at in enumerate(HAPPENED)]
    return refined(tmp_path_factory.mktemp("hours") / "lake", commits, Limits())


def hours(lake: Lake, most_rows: int, start: datetime = NOON - 72 * HOUR, end: datetime = NOON) -> list[Span]:
    return list(hours_of(View(lake), Span(start, end), TIMES, most_rows))


def test_hours_of_few_rows_go_together(lake: Lake) -> None:
    assert hours(lake, 4) == [Span(NOON - 49 * HOUR, NOON)]


def test_hours_go_together_up_to_so_many_rows(lake: Lake) -> None:
    assert hours(lake, 2) == [Span(NOON - 49 * HOUR, NOON - HOUR), Span(NOON - HOUR, NOON)]


def test_an_hour_is_not_divided(lake: Lake) -> None:
    assert hours(lake, 1) == [Span(at, at + HOUR) for at in (NOON - 49 * HOUR, NOON - 2 * HOUR, NOON - HOUR)]


def test_the_range_ends_where_it_was_said_to(lake: Lake) -> None:
    minute = timedelta(minutes=1)
    assert hours(lake, 1, NOON - HOUR - minute, NOON - HOUR / 2 + minute) == [Span(NOON - HOUR, NOON - HOUR / 2 + minute)]
    assert hours(lake, 1, NOON - HOUR / 2 - minute, NOON - HOUR / 3) == [Span(NOON - HOUR / 2 - minute, NOON - HOUR / 3)]


def test_where_nothing_happened_there_is_nothing_to_compare(lake: Lake) -> None:
    assert hours(lake, 1, NOON - 48 * HOUR, NOON - 3 * HOUR) == []
