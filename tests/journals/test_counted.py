"""What is counted of hours and days is what silver says, whatever comes late, is compacted or is removed from the cache."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import oracle
from mending.test_erasure import erase
from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.reader import TableReader
from rtlakehouse.clock import SystemClock
from rtlakehouse.figures import Span, figures
from rtlakehouse.forecasts import counted as counting
from rtlakehouse.forecasts.counted import STEPS, Counted, CountedStep, folder_of
from rtlakehouse.forecasts.learning import ask
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.question import STEP
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits, Maintenance
from running import append, drain, engine_on, lake_with
from shapes import as_json

FIRST = datetime(2026, 11, 20)  # noqa: DTZ001 - naive UTC, as in the statements
END = FIRST + timedelta(days=3)
MANY = 1_000_000
SERIES = [
    (metric, currency, step)
    for metric in load().metrics
    for currency in (("EUR", "USD") if metric.is_money else (None,))
    for step in STEPS
    if ask(metric.name, currency, step).is_counted
]


def events(seed: int, count: int, start: datetime = FIRST, end: datetime = END) -> list[oracle.Record]:
    """Of two shops, in no order, with hours in which nothing happens."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        at = (start + chance.random() * (end - start)).replace(tzinfo=UTC)
        fields: dict[str, Any] = {
            "event_id": f"{seed}-{number}",
            "event_type": chance.choice(["page_view", "page_view", "purchase", "refund"]),
            "user_id": f"u{chance.randrange(12)}",
            "product_id": "tea",
            "price": chance.choice([3, 0.1, 19.99]),
            "quantity": 1,
            "currency": chance.choice(["EUR", "USD"]),
            "ts": round(at.timestamp() * 1000),
        } | ({"order_id": f"o{chance.randrange(9)}"} if chance.random() < 0.5 else {})
        tenant_id = chance.choice(["default", "acme"])
        found.append(oracle.Record(as_json(**fields), seed * 10_000 + number, at, at, tenant_id))
    return found


@contextmanager
def looked_at(lake: Lake) -> Iterator[Snapshot]:
    tables = ("silver.events", "gold.kpis_1m")
    with closing(TableReader(lake, SystemClock(), tables, memory_mb=64, gold_mb=8)) as reader:
        yield reader.snapshot()


def come(lake: Lake, records: list[oracle.Record]) -> None:
    append(lake, records)
    with closing(engine_on(lake)) as engine:
        drain(engine)


def kept(counted: Counted, tenant_id: str, start: datetime = FIRST, end: datetime = END) -> list[Any]:
    """What is counted of every series: the steps and their figures; None where it is not."""
    found = [counted.figures(metric, currency, step, Span(tenant_id, start, end)) for metric, currency, step in SERIES]
    return [None if rows is None else [tuple(row.values()) for row in rows.to_pylist()] for rows in found]


def in_silver(snapshot: Snapshot, tenant_id: str) -> list[Any]:
    """The same, as every other answer has it."""
    found = []
    for metric, currency, step in SERIES:
        wanted = ask(metric.name, currency, step)
        rows = figures(snapshot, wanted.question, wanted.statement, Span(tenant_id, FIRST, END), MANY).to_pylist()
        values = ((row[STEP], row[metric.name]) for row in rows)
        found.append([(start, None if value is None else float(value)) for start, value in values])
    return found


def count(snapshot: Snapshot) -> Counted:
    counted = Counted(snapshot)
    assert all(counted.count(step, FIRST, END, MANY) for step in STEPS)
    return counted


def test_orders_and_conversion_are_among_what_is_counted() -> None:
    assert {"orders", "conversion_rate", "active_users", "average_order_value"} <= {metric.name for metric, *_ in SERIES}


@pytest.mark.parametrize("seed", range(2))
def test_what_is_counted_is_what_silver_says_after_whatever_comes(tmp_path: Path, seed: int) -> None:
    lake = lake_with(tmp_path / "lake", [events(seed * 10, 60)])
    for turn in range(1, 5):
        with looked_at(lake) as snapshot:
            count(snapshot)
            for tenant_id in ("default", "acme", "nobody"):
                # By another process, from what is kept.
                assert kept(Counted(snapshot), tenant_id) == in_silver(snapshot, tenant_id)
        if turn == 3:
            Maintenance(lake, SystemClock(), Limits(compact_files=2)).run("silver.events")
        else:
            start = FIRST + timedelta(hours=random.Random(seed + turn).randrange(60))
            come(lake, events(seed * 10 + turn, 5, start, start + timedelta(hours=5)))


def test_only_what_other_files_may_hold_something_of_is_due_again(tmp_path: Path) -> None:
    lake = lake_with(tmp_path / "lake", [events(1, 60)])
    with looked_at(lake) as snapshot:
        assert set(map(str, kept(Counted(snapshot), "default"))) == {"None"}
        count(snapshot)
    late = FIRST + timedelta(hours=30)
    come(lake, events(2, 1, late, late + timedelta(hours=1)))
    with looked_at(lake) as snapshot:
        counted = Counted(snapshot)
        due = [rows is None for rows in kept(counted, "default")]
        assert all(due)
        before = [rows is None for rows in kept(counted, "default", FIRST, FIRST + timedelta(days=1))]
        assert not any(before)
        hours = [step == "1h" for _, _, step in SERIES]
        of_the_day = kept(counted, "default", FIRST + timedelta(hours=31), END)
        assert [rows is not None for rows in of_the_day] == hours
        count(snapshot)
        assert kept(Counted(snapshot), "default") == in_silver(snapshot, "default")


@pytest.mark.parametrize("step", STEPS)
def test_a_long_past_is_counted_in_turns(tmp_path: Path, step: CountedStep) -> None:
    lake = lake_with(tmp_path / "lake", [events(1, 60)])
    with looked_at(lake) as snapshot:
        turns = 1
        while not Counted(snapshot).count(step, FIRST, END, 1):
            turns += 1
        assert turns > 2
        of_step = [place for place, (_, _, each) in enumerate(SERIES) if each == step]
        found, said = kept(Counted(snapshot), "default"), in_silver(snapshot, "default")
        assert [found[place] for place in of_step] == [said[place] for place in of_step]


def test_days_that_are_not_looked_back_to_are_removed(tmp_path: Path) -> None:
    lake = lake_with(tmp_path / "lake", [events(1, 60)])
    with looked_at(lake) as snapshot:
        count(snapshot)
        folder = folder_of(lake.root) / "1h"
        assert sorted(path.stem for path in folder.iterdir()) == ["2026-11-20", "2026-11-21", "2026-11-22"]
        assert Counted(snapshot).count("1h", FIRST + timedelta(days=1), END, MANY)
        assert sorted(path.stem for path in folder.iterdir()) == ["2026-11-21", "2026-11-22"]
        for path in folder.iterdir():
            path.unlink()
        count(snapshot)
        assert kept(Counted(snapshot), "acme") == in_silver(snapshot, "acme")


def test_an_hour_whose_events_are_erased_has_none(tmp_path: Path) -> None:
    hour = timedelta(hours=1)
    mine = [event for event in events(1, 99, FIRST, FIRST + hour) if b'"u1"' in event.raw]
    others = [event for event in events(2, 60, FIRST + 2 * hour) if b'"u1"' not in event.raw]
    lake = lake_with(tmp_path / "lake", [mine, others])
    with looked_at(lake) as snapshot:
        count(snapshot)
        assert any((FIRST, 1.0) in (series or []) for series in kept(Counted(snapshot), "default"))
    erase(lake, "u1")
    with looked_at(lake) as snapshot:
        count(snapshot)
        assert kept(Counted(snapshot), "default") == in_silver(snapshot, "default")


def test_what_an_earlier_release_counted_is_counted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = lake_with(tmp_path / "lake", [events(1, 60)])
    with looked_at(lake) as snapshot:
        fewer = pa.schema([field for field in counting.schema() if field.name != "orders"])
        with monkeypatch.context() as earlier:
            earlier.setattr(counting, "schema", lambda: fewer)
            count(snapshot)
        assert set(map(str, kept(Counted(snapshot), "default"))) == {"None"}
        count(snapshot)
        assert kept(Counted(snapshot), "default") == in_silver(snapshot, "default")
