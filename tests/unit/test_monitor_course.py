"""Records a second, as the monitor works them out of what it has seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rtlakehouse.client import Figures
from rtlakehouse.monitor.course import records_in

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def course(received: list[int], every_s: float) -> list[tuple[datetime, Figures]]:
    """What the ledger held, looked at so often."""
    name = ("rtl_ledger_records", frozenset({("fate", "received")}))
    return [(START + timedelta(seconds=i * every_s), Figures({name: float(held)})) for i, held in enumerate(received)]


def test_of_a_steady_stream_it_is_the_rate_from_the_second_look_on() -> None:
    assert records_in(course([100, 140, 180, 220], every_s=2)) == [0, 20, 20, 20]


def test_it_is_nothing_fifteen_seconds_after_the_last_record() -> None:
    rates = records_in(course([0, 50, 100, *[100] * 4], every_s=5))
    assert rates[2] == 10
    assert rates[3:5] == [100 / 15, 50 / 15]
    assert rates[5:] == [0, 0]


def test_one_who_looks_seldom_sees_the_rate_since_the_last_look() -> None:
    assert records_in(course([0, 600, 600], every_s=60)) == [0, 10, 0]


def test_a_table_that_was_put_back_shows_no_negative_rate() -> None:
    assert records_in(course([500, 100], every_s=2)) == [0, 0]
