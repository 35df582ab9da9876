"""Backfill: a range of time worked out again from bronze, and changed where it differs."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

import oracle
from mending.lakes import NOON, RULES, STRICT, backfilled, event, parts, refined, shop
from rtlakehouse.contract.refine import Limits
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.mending import Rules, Span
from rtlakehouse.storage.lake import Lake
from running import append, broken, drain, engine_on
from shapes import found_in
from storage.damage import change

COUNT = 200


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A shop's records by stricter rules than today's: some rejected and many late that would not be. Only to be copied."""
    return refined(tmp_path_factory.mktemp("strict") / "lake", parts(shop(COUNT), 100), STRICT)


@pytest.fixture
def lake(strict: Lake, tmp_path: Path) -> Lake:
    shutil.copytree(strict.root, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")


def versions(lake: Lake) -> dict[str, int]:
    return {name: lake.version(name) for name in TABLES}


def test_a_range_gets_the_rules_of_today_and_a_second_backfill_changes_nothing(lake: Lake) -> None:
    before = versions(lake)
    would = backfilled(lake, dry_run=True)
    assert versions(lake) == before
    did = backfilled(lake)
    assert [row["detail"].removeprefix("would ") for row in would] == [row["detail"] for row in did]
    assert broken(lake) == []
    assert found_in(lake) == oracle.run(shop(COUNT))
    after = versions(lake)
    (row,) = backfilled(lake)
    assert row["detail"] == f"Nothing differs: {COUNT} records were looked at."
    assert versions(lake) == after


def test_what_lies_outside_of_the_range_stays_as_it_is(lake: Lake) -> None:
    minute = Span(NOON - timedelta(minutes=2), NOON - timedelta(minutes=1))
    others = [(name, row) for name, rows in outside(lake, minute).items() for row in rows]
    did = backfilled(lake, minute)
    assert any(row["table"] == "silver.events" for row in did)
    assert broken(lake) == []
    assert [(name, row) for name, rows in outside(lake, minute).items() for row in rows] == others
    expected = oracle.run(shop(COUNT))
    within = {place: event for place, event in found_in(lake).silver.items() if is_in(minute, event["event_us"])}
    assert within == {place: event for place, event in expected.silver.items() if is_in(minute, event["event_us"])}


def test_an_engine_that_runs_goes_on_with_what_silver_holds_now(tmp_path: Path) -> None:
    lake = refined(tmp_path / "lake", [shop(COUNT)[:100]], STRICT)
    engine = engine_on(lake)
    append(lake, shop(COUNT)[100:150])
    drain(engine)
    assert len(backfilled(lake)) > 1
    engine.reopen()
    append(lake, shop(COUNT)[150:])
    drain(engine)
    engine.close()
    assert broken(lake) == []
    assert found_in(lake) == oracle.run(shop(COUNT))


def test_what_counts_goes_on_counting_and_what_no_longer_does_makes_room(tmp_path: Path) -> None:
    late = event(0, NOON, event_id="twice", received=NOON + timedelta(seconds=9))
    first = event(1, NOON + timedelta(seconds=8), event_id="twice", received=NOON + timedelta(seconds=8), user_id="bob")
    ahead = event(2, NOON + timedelta(seconds=70), event_id="ahead", received=NOON)
    again = event(3, NOON + timedelta(seconds=10), event_id="ahead", received=NOON + timedelta(seconds=10))
    lake = refined(tmp_path / "lake", [[late, first], [ahead, again]], STRICT)
    assert set(places(lake, "silver.events")) == {1, 2}
    backfilled(lake, rules=Rules(Limits(future=timedelta(minutes=1)), RULES.dedupe_window))
    assert broken(lake) == []
    assert places(lake, "silver.events") == [1, 3]
    assert places(lake, "silver.duplicates") == [0]
    assert places(lake, "silver.quarantine") == [2]


def test_a_window_that_is_not_what_its_events_say_is_made_anew(lake: Lake) -> None:
    backfilled(lake)
    right = found_in(lake)
    change(lake, "gold.kpis_1m", lambda rows: rows[0].update(events=rows[0]["events"] + 1))
    change(lake, "gold.products_1m", lambda rows: rows.clear())
    did = backfilled(lake)
    assert [row["table"] for row in did] == ["gold.kpis_1m", "gold.products_1m", "gold.kpis_1m"]
    assert did[-1]["after"]["events"] == did[-1]["before"]["events"] - 1
    assert found_in(lake) == right
    assert broken(lake) == []


@pytest.mark.parametrize("table", ["silver.events", "gold.segments_1m"])
def test_a_damaged_file_is_rebuilt_whole_also_where_it_reaches_beyond_the_range(lake: Lake, table: str) -> None:
    backfilled(lake)
    right = found_in(lake)
    path = lake.path(table) / max(lake.files(table).values(), key=lambda file: file.rows).path
    path.write_bytes(path.read_bytes()[:-9] + b"\0" * 9)
    assert next(finding.check for finding in broken(lake)) == f"files of {table}"
    backfilled(lake, Span(NOON - timedelta(minutes=5), NOON))
    assert broken(lake) == []
    assert found_in(lake) == right


def outside(lake: Lake, span: Span) -> dict[str, list[dict[str, object]]]:
    times = {"silver.events": "event_time", "gold.kpis_1m": "window_start", "gold.segments_1m": "window_start"}
    return {
        table: sorted((row for row in lake.read(table).to_pylist() if not span.start <= row[time] < span.end), key=repr)
        for table, time in times.items()
    }


def is_in(span: Span, us: int) -> bool:
    return oracle.microseconds(span.start) <= us < oracle.microseconds(span.end)


def places(lake: Lake, table: str) -> list[int]:
    found: list[int] = lake.read(table)["position"].to_pylist()
    return sorted(found)
