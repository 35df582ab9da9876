"""The times that a statement asks a table for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.query.jail import parse
from rtlakehouse.query.ranges import time_ranges

TEN = datetime(2026, 11, 24, 10, tzinfo=UTC)
DAY = datetime(2026, 11, 24, tzinfo=UTC)
TICK = timedelta(microseconds=1)
END = DAY + timedelta(days=1) - TICK


def ranges(where: str, table: str = "silver.events", parameters: dict[str, Any] | None = None) -> list[Range]:
    (mention,) = parse(f"select 1 from {table} where {where}").mentions(table.partition(" ")[0])
    return time_ranges(mention, parameters or {})


@pytest.mark.parametrize(
    ("where", "first", "last"),
    [
        ("event_time = '2026-11-24 10:00:00'", TEN, TEN),
        ("event_time >= timestamp '2026-11-24 10:00:00'", TEN, None),
        ("event_time > timestamp '2026-11-24 10:00:00'", TEN + TICK, None),
        ("event_time <= '2026-11-24T10:00:00Z'", None, TEN),
        ("event_time < '2026-11-24T11:00:00+01:00'::timestamp", None, TEN - TICK),
        ("'2026-11-24 10:00:00' <= event_time", TEN, None),
        ("event_time between '2026-11-24' and '2026-11-24 10:00:00'", DAY, TEN),
        ("event_date = date '2026-11-24'", DAY, END),
        ("event_date > '2026-11-24'", END + TICK, None),
        ("event_date >= '2026-11-24'", DAY, None),
        ("event_date < '2026-11-24'", None, DAY - TICK),
        ("event_date <= '2026-11-24'", None, END),
        ("event_date between '2026-11-24' and '2026-11-24'", DAY, END),
        ("user_id = 'u' and (EVENT_TIME >= '2026-11-24 10:00:00')", TEN, None),
    ],
)
def test_a_comparison_with_a_constant_is_a_range(where: str, first: datetime | None, last: datetime | None) -> None:
    assert ranges(where) == [Range("event_time", first, last)]


@pytest.mark.parametrize(
    "where",
    [
        "event_time >= '2026-11-24' or user_id = 'u'",
        "not event_time >= '2026-11-24'",
        "event_time <> '2026-11-24'",
        "event_time >= received_at",
        "event_time >= timestamp '2026-11-24' - interval 1 hour",
        "date_trunc('day', event_time) = date '2026-11-24'",
        "event_time >= 'yesterday'",
        "event_time >= '0001-01-01T00:00:00+14:00'",
        "event_time > '9999-12-31 23:59:59.999999'",
        "event_time >= $unknown",
        "event_time >= ?",
        "received_at >= '2026-11-24'",
        "window_start >= '2026-11-24'",
        "other.event_time >= '2026-11-24'",
        "event_time in (select event_time from gold.kpis_1m where window_start = '2026-11-24')",
    ],
)
def test_nothing_is_read_into_any_other_condition(where: str) -> None:
    assert ranges(where) == []


def test_parameters_count_by_their_values() -> None:
    assert ranges("event_time >= $since", parameters={"since": "2026-11-24T10:00:00"}) == [Range("event_time", TEN, None)]
    assert ranges("event_time >= $1", parameters={"1": "2026-11-24T10:00:00"}) == [Range("event_time", TEN, None)]
    assert ranges("event_time >= $since", parameters={"since": 7}) == []


def test_windows_go_by_their_start() -> None:
    assert ranges("window_start >= '2026-11-24 10:00:00'", "gold.kpis_1m") == [Range("window_start", TEN, None)]


def test_each_mention_has_the_conditions_beside_it() -> None:
    sql = """with late as (select * from silver.events where event_time < '2026-11-24 10:00:00')
        select * from late, silver.events as e where e.event_time >= '2026-11-24 10:00:00'"""
    found = {str(time_ranges(mention, {})) for mention in parse(sql).mentions("silver.events")}
    assert found == {str([Range("event_time", None, TEN - TICK)]), str([Range("event_time", TEN, None)])}
