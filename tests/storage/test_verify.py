"""Verify: each promise, broken on a lake and on nothing else, is found by the check that guards it, and by no other."""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal
from itertools import cycle

import pytest

from rtlakehouse.medallion.graph import GOLD, JOURNALS, TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.verify import CHECKS, verify
from running import OPTIONS, broken
from storage.damage import LEDGER, Change, Row, change
from storage.rows import append

BRONZE, SILVER, QUARANTINE, DUPLICATES = "bronze.events", "silver.events", "silver.quarantine", "silver.duplicates"


def one_more_received(rows: list[Row]) -> None:
    rows[0]["received"] += 1


def an_accepted_one_called_duplicate(rows: list[Row]) -> None:
    rows[0]["accepted"] -= 1
    rows[0]["duplicates"] += 1


def one_more_late(rows: list[Row]) -> None:
    rows[0]["late"] += 1


def one_twice_and_another_not_at_all(rows: list[Row]) -> None:
    rows[-1] = dict(rows[0])


def a_position_left_out(rows: list[Row]) -> None:
    rows.append(max(rows, key=position) | {"position": max(map(position, rows)) + 2})


def an_id_used_again(rows: list[Row]) -> None:
    """A view's id is in no figure of gold."""
    (row,) = (row for row in rows if row["event_id"] == "view 2")
    row["event_id"] = "view 1"


def an_original_that_is_not_there(rows: list[Row]) -> None:
    rows[0]["kept_position"] = 10_000


def position(row: Row) -> int:
    return int(row["position"])


DAMAGES: list[tuple[str, str, Change]] = [
    ("ledger equals the tables", LEDGER, an_accepted_one_called_duplicate),
    ("ledger equals the tables", LEDGER, one_more_late),
    ("every record once", QUARANTINE, one_twice_and_another_not_at_all),
    ("positions without gap", BRONZE, a_position_left_out),
    ("no duplicate event", SILVER, an_id_used_again),
    ("duplicates have their original", DUPLICATES, an_original_that_is_not_there),
]


def test_a_lake_as_the_engine_makes_it_keeps_every_promise(refined: Lake) -> None:
    findings = list(verify(refined, OPTIONS.dedupe_window))
    assert [finding for finding in findings if not finding.holds] == []
    files = [f"files of {name}" for name in TABLES]
    assert [finding.check for finding in findings] == [*files, *CHECKS, *(table.name for table in GOLD)]
    told = {f"files of {table.name}" for table in JOURNALS}
    assert all((finding.examined > 0 or finding.check in told) and finding.promise for finding in findings)
    assert {finding.differences for finding in findings} == {0}


def test_every_check_is_seen_to_fail() -> None:
    assert {check for check, *_ in DAMAGES} | {"ledger balances"} == set(CHECKS)


@pytest.mark.parametrize(("check", "table", "damage"), DAMAGES, ids=[damage.__name__ for *_, damage in DAMAGES])
def test_a_broken_promise_is_found_by_its_check_alone(check: str, table: str, damage: Change, refined: Lake) -> None:
    change(refined, table, damage)
    (finding,) = broken(refined)
    assert finding.check == check
    assert finding.promise == CHECKS[check][0]
    assert finding.differences > 0
    assert "=" in finding.example


def test_a_ledger_that_does_not_balance_is_found(refined: Lake) -> None:
    """It differs from the tables then as well."""
    change(refined, LEDGER, one_more_received)
    balance, tables = broken(refined)
    assert (balance.check, tables.check) == ("ledger balances", "ledger equals the tables")
    received = refined.read(BRONZE).num_rows
    assert f"received={received + 1}, accounted={received}" in balance.example


def test_the_example_names_the_rows_that_break_it(refined: Lake) -> None:
    change(refined, DUPLICATES, an_original_that_is_not_there)
    (finding,) = broken(refined)
    assert "kept_position=10000" in finding.example
    assert finding.differences == 1


def test_holes_between_the_offsets_of_kafka_are_none(refined: Lake) -> None:
    def add_offsets(rows: list[Row]) -> None:
        rows += [rows[0] | {"source": "kafka", "topic": "shop", "position": offset} for offset in (100, 102, 117)]

    change(refined, BRONZE, add_offsets)
    assert broken(refined) == []


def test_an_offset_of_kafka_that_came_twice_is_found(refined: Lake) -> None:
    def add_twice(rows: list[Row]) -> None:
        rows += [rows[0] | {"source": "kafka", "topic": "shop", "position": 100}] * 2

    change(refined, BRONZE, add_twice)
    assert [finding.check for finding in broken(refined)] == ["positions without gap"]


@pytest.mark.parametrize(("apart", "holds"), [(timedelta(0), False), (timedelta(hours=24), False), (timedelta(days=2), True)])
def test_an_id_may_come_again_after_the_dedupe_window(apart: timedelta, holds: bool, refined: Lake) -> None:
    """By the time that the events happened, the bound included. Their gold is of no concern here."""

    def use_again(rows: list[Row]) -> None:
        rows[1] |= {"event_id": rows[0]["event_id"], "event_time": rows[0]["event_time"] - apart}

    change(refined, SILVER, use_again)
    found = {finding.check: finding.holds for finding in verify(refined, OPTIONS.dedupe_window)}
    assert found["no duplicate event"] is holds


MEASURES: dict[str, tuple[str, object]] = {
    "gold.kpis_1m": ("sessions", 99),
    "gold.revenue_1m": ("net", Decimal("0.0001")),
    "gold.products_1m": ("units", 99),
    "gold.segments_1m": ("active_users", 99),
}


@pytest.mark.parametrize("table", MEASURES)
def test_a_figure_of_gold_that_is_not_its_querys_is_found(table: str, refined: Lake) -> None:
    column, amount = MEASURES[table]

    def miscount(rows: list[Row]) -> None:
        rows[0][column] += amount

    change(refined, table, miscount)
    (finding,) = broken(refined)
    assert (finding.check, finding.differences) == (table, 2)
    assert "what=" in finding.example


def drop(rows: list[Row]) -> None:
    rows.pop()


def repeat(rows: list[Row]) -> None:
    rows.append(rows[0])


@pytest.mark.parametrize(("how", "what"), [(drop, "missing"), (repeat, "unexpected")])
def test_a_row_of_gold_too_few_or_too_many_is_found(how: Change, what: str, refined: Lake) -> None:
    change(refined, "gold.segments_1m", how)
    (finding,) = broken(refined)
    assert (finding.check, finding.differences) == ("gold.segments_1m", 1)
    assert f"what={what}" in finding.example


def forget(lake: Lake, table: str, path: str) -> None:
    lake.seals(table).forget([path])


def flip(lake: Lake, table: str, path: str) -> None:
    content = bytearray((lake.path(table) / path).read_bytes())
    content[8] ^= 1
    (lake.path(table) / path).write_bytes(content)


def delete(lake: Lake, table: str, path: str) -> None:
    (lake.path(table) / path).unlink()


FILE_DAMAGES = {forget: "has no recorded hash", flip: "is not what was committed", delete: "is missing"}


def test_a_file_that_is_not_as_it_was_committed_is_named(refined: Lake) -> None:
    """In each table one, in one of the ways in which that can be."""
    victims = {table: next(iter(files)) for table in TABLES if (files := refined.files(table))}
    damages = dict(zip(victims, cycle(FILE_DAMAGES), strict=False))
    for table, path in victims.items():
        damages[table](refined, table, path)
    found = {finding.check: finding for finding in verify(refined, OPTIONS.dedupe_window, sealed_within=timedelta(0))}
    for table, path in victims.items():
        finding = found[f"files of {table}"]
        assert finding.differences == 1
        assert path in finding.example
        assert FILE_DAMAGES[damages[table]] in finding.example


def test_a_file_that_a_writer_has_committed_and_not_yet_sealed_is_waited_for(
    refined: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = next(iter(refined.files(SILVER)))
    forget(refined, SILVER, path)
    monkeypatch.setattr(time, "sleep", lambda _: refined.seals(SILVER).add([path]))
    assert broken(refined) == []


def test_what_bronze_got_since_the_newest_batch_is_not_missed_in_silver(refined: Lake) -> None:
    received = refined.read(BRONZE).num_rows
    append(refined, received, received + 1)
    assert broken(refined) == []


def test_a_batch_that_is_half_done_is_not_a_broken_promise(refined: Lake) -> None:
    writer = refined.writer(SILVER)
    writer.seal(writer.append(refined.read(SILVER).slice(0, 3), "app", 1, {}))
    assert broken(refined) == []


def test_checks_go_on_with_what_can_be_read(refined: Lake) -> None:
    for path in refined.files(SILVER):
        delete(refined, SILVER, path)
    found = {finding.check: finding for finding in verify(refined, OPTIONS.dedupe_window)}
    assert len(found) == len(TABLES) + len(CHECKS) + len(GOLD)
    assert found["ledger balances"].holds
    assert not found["every record once"].holds
    assert not found["gold.kpis_1m"].holds
