"""Retention of silver and gold: events go once bronze's are gone, the figures of their windows stay, nothing is told wrongly."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import oracle
from mending.lakes import NOON, RULES, backfilled, event, refined
from mending.test_erasure import erase
from mending.test_restore import restored
from rtlakehouse.contract.refine import Limits
from rtlakehouse.errors import RebuildError, UsageError
from rtlakehouse.mending import Keeping, Retention, Span, Terms
from rtlakehouse.storage.lake import Lake
from running import append, broken, drain, engine_on
from shapes import found_in
from storage.damage import change

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MIDNIGHT = NOON.replace(hour=0)
KEEPING = Keeping(bronze=Terms(10), silver=Terms(30))
FLOOR = MIDNIGHT - 30 * DAY
EVENTS, DUPLICATES, QUARANTINE, KPIS = "silver.events", "silver.duplicates", "silver.quarantine", "gold.kpis_1m"


def happened(
    number: int, at: datetime, tenant: str = "default", event_id: str = "", taken: datetime | None = None, **more: Any
) -> oracle.Record:
    """A record without a time of its own of an event that happened then, taken in then or when `taken` says."""
    found = event(number, at, event_id=event_id, **more)
    return replace(found, received_at=None, ingested_at=taken or at, tenant_id=tenant)


def retained(lake: Lake, keeping: Keeping = KEEPING, now: datetime = NOON, *, dry_run: bool = False) -> list[str]:
    """What was done, or would be."""
    return [f"{row.get('table', '')}: {row['detail']}" for row in Retention(lake, keeping, now, RULES, dry_run=dry_run).run()]


def positions(lake: Lake, table: str = EVENTS) -> list[int]:
    return sorted(lake.read(table)["position"].to_pylist())


def taken_further(lake: Lake, *records: oracle.Record) -> None:
    engine = engine_on(lake)
    append(lake, records)
    drain(engine)
    engine.close()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Events of before and after the floor; the first of them with a duplicate."""
    old = [happened(0, FLOOR - 3 * DAY), happened(1, FLOOR - HOUR), happened(2, FLOOR - 2 * DAY, event_id="event-0")]
    new = [happened(3, FLOOR), happened(4, NOON - DAY)]
    return refined(tmp_path / "lake", [old, new], Limits())


def test_events_go_with_their_duplicates_and_the_figures_stay(lake: Lake) -> None:
    taken_further(lake, happened(5, FLOOR - 3 * DAY + HOUR, event_id="event-0"))
    before = found_in(lake)
    would = retained(lake, dry_run=True)
    assert found_in(lake) == before
    assert would == [line.replace("let go", "would let go") for line in retained(lake)]
    assert (positions(lake), positions(lake, DUPLICATES)) == ([3, 4], [])
    assert found_in(lake).gold == before.gold
    assert broken(lake) == []
    counted = lake.read("ops.ledger").to_pylist()
    gone = ("accepted_expired", "duplicates_expired", "late_expired")
    assert [sum(row[name] or 0 for row in counted) for name in gone] == [2, 2, 0]
    assert retained(lake) == [": Nothing is older than it is kept."]


def test_a_duplicate_of_the_other_side_of_the_floor_goes_with_its_event(tmp_path: Path) -> None:
    first, second = happened(0, FLOOR - HOUR), happened(1, FLOOR + HOUR, event_id="event-0")
    lake = refined(tmp_path / "lake", [[first, second]], Limits())
    retained(lake)
    assert (positions(lake), positions(lake, DUPLICATES)) == ([], [])
    assert broken(lake) == []


def test_an_event_stays_as_long_as_bronze_has_it_or_a_duplicate_of_it(tmp_path: Path) -> None:
    records = [
        happened(0, FLOOR - 2 * DAY, taken=NOON),
        happened(1, FLOOR - 2 * DAY),
        happened(2, FLOOR - 2 * DAY, event_id="event-1", taken=NOON),
        happened(3, FLOOR - 2 * DAY),
    ]
    lake = refined(tmp_path / "lake", [records], Limits())
    retained(lake)
    assert (positions(lake), positions(lake, DUPLICATES)) == ([0, 1], [2])
    assert broken(lake) == []
    retained(lake, now=NOON + 11 * DAY)
    assert (positions(lake), positions(lake, DUPLICATES)) == ([], [])
    assert broken(lake) == []


def test_what_comes_late_for_a_settled_window_is_rejected_and_said_to_be_expired(lake: Lake) -> None:
    engine = engine_on(lake)
    before = found_in(lake).gold
    retained(lake)
    engine.reopen()
    # Whether the second is a duplicate cannot be told any more, so it is not counted; the third can have none that is gone.
    late = [happened(5, FLOOR - HOUR), happened(6, FLOOR + HOUR, event_id="event-1"), happened(7, FLOOR + DAY)]
    append(lake, late)
    drain(engine)
    engine.close()
    reasons = {row["position"]: row["reasons"] for row in lake.read(QUARANTINE).to_pylist()}
    assert reasons == {5: ["expired"], 6: ["expired"]}
    assert positions(lake) == [3, 4, 7]
    assert {key: row for key, row in found_in(lake).gold[KPIS].items() if key in before[KPIS]} == before[KPIS]
    assert broken(lake) == []


def test_what_an_engine_has_read_ahead_is_judged_by_floors_raised_since(tmp_path: Path) -> None:
    lake = refined(tmp_path / "lake", [[happened(0, FLOOR - DAY)]], Limits())
    engine = engine_on(lake, max_batch_events=1)
    append(lake, [happened(1, NOON)])
    append(lake, [happened(2, FLOOR - DAY, taken=NOON)])
    engine.step()
    retained(lake)
    engine.reopen()
    drain(engine)
    engine.close()
    assert (positions(lake), positions(lake, QUARANTINE)) == ([1], [2])
    assert broken(lake) == []


def test_a_duplicate_that_comes_while_its_event_is_about_to_go_keeps_it(lake: Lake) -> None:
    retained(lake, Keeping(bronze=Terms(10)))
    retention = Retention(lake, KEEPING, NOON, RULES)
    found = retention.prepare()
    assert found is not None
    taken_further(lake, happened(5, FLOOR - HOUR, event_id="event-1", taken=NOON))
    (row,) = retention.commit(found)
    assert row["detail"] == "its files were rearranged; it is tried again later"
    assert not any((lake.path(table) / path).exists() for table, _, adds in found.files for path in adds)
    assert positions(lake) == [0, 1, 3, 4]
    assert broken(lake) == []
    retained(lake)
    assert (positions(lake), positions(lake, DUPLICATES)) == ([1, 3, 4], [5])
    assert broken(lake) == []


def test_a_window_that_is_settled_for_one_tenant_goes_on_for_another(tmp_path: Path) -> None:
    records = [happened(0, FLOOR - DAY), happened(1, FLOOR - DAY, "acme"), happened(2, FLOOR - DAY, "acme")]
    lake = refined(tmp_path / "lake", [records], Limits())
    engine = engine_on(lake)
    retained(lake, Keeping(bronze=Terms(10), silver=Terms(of_tenants={"acme": 30})))
    engine.reopen()
    append(lake, [happened(3, FLOOR - DAY + timedelta(seconds=1)), happened(4, FLOOR - DAY, "acme")])
    drain(engine)
    engine.close()
    assert (positions(lake), positions(lake, QUARANTINE)) == ([0, 3], [4])
    assert found_in(lake).gold == oracle.run([*records, happened(3, FLOOR - DAY + timedelta(seconds=1))]).gold
    assert broken(lake) == []
    (row,) = backfilled(lake, Span.of(FLOOR + DAY, FLOOR + 2 * DAY))
    assert row["detail"].startswith("Nothing differs")


def test_a_term_that_is_given_up_brings_nothing_back_and_lets_nothing_in(lake: Lake) -> None:
    retained(lake)
    retained(lake, Keeping(bronze=Terms(10), silver=Terms(1_000)))
    taken_further(lake, happened(5, FLOOR - 3 * DAY))
    assert (positions(lake), positions(lake, QUARANTINE)) == ([3, 4], [5])
    assert broken(lake) == []


def test_what_waits_while_there_is_no_engine_does_not_expire_by_waiting(lake: Lake) -> None:
    append(lake, [happened(5, NOON)])
    retained(lake, now=NOON + 100 * DAY)
    engine = engine_on(lake)
    drain(engine)
    engine.close()
    assert positions(lake) == [3, 4, 5]
    retained(lake, now=NOON + 100 * DAY)
    assert positions(lake) == []
    assert broken(lake) == []


def test_gold_goes_after_silver(lake: Lake) -> None:
    keeping = replace(KEEPING, gold=Terms(32))
    would = retained(lake, keeping, dry_run=True)
    assert would == [line.replace("let go", "would let go") for line in retained(lake, keeping)]
    windows = sorted(lake.read(KPIS)["window_start"].to_pylist())
    assert windows == [FLOOR - HOUR, FLOOR, NOON - DAY]
    assert broken(lake) == []
    taken_further(lake, happened(5, NOON))
    assert broken(lake) == []


def test_gold_stays_while_silver_has_not_let_go(tmp_path: Path) -> None:
    lake = refined(tmp_path / "lake", [[happened(0, FLOOR - 90 * DAY, taken=NOON)]], Limits())
    retained(lake, replace(KEEPING, gold=Terms(60)))
    assert lake.read(KPIS).num_rows == 1
    assert broken(lake) == []


@pytest.mark.parametrize(
    ("keeping", "said"),
    [
        (Keeping(silver=Terms(30)), "keeps silver for 30 days and bronze for ever, of all tenants: give bronze as many days"),
        (Keeping(bronze=Terms(9), silver=Terms(8, {"acme": 20})), "keeps silver for 8 days and bronze for 9"),
        (Keeping(bronze=Terms(1), gold=Terms(9)), "keeps gold for 9 days and silver for ever"),
        (Keeping(bronze=Terms(1), silver=Terms(7)), "keeps silver for 7 days: give it 8 at least"),
        (Keeping(bronze=Terms(1), silver=Terms(8, {"acme": 7})), "keeps silver for 7 days, of tenant acme: give it 8 at least"),
    ],
)
def test_terms_that_do_not_go_together_are_refused(keeping: Keeping, said: str, lake: Lake) -> None:
    with pytest.raises(UsageError, match=said):
        Retention(lake, keeping, NOON, RULES)


def test_a_restore_brings_back_nothing_that_was_let_go(lake: Lake) -> None:
    version = lake.version(EVENTS)
    before = found_in(lake).gold
    retained(lake)
    taken_further(lake, happened(5, NOON))
    restored(lake, EVENTS, version)
    assert positions(lake) == [3, 4, 5]
    assert {key: row for key, row in found_in(lake).gold[KPIS].items() if key in before[KPIS]} == before[KPIS]
    assert broken(lake) == []


def test_a_user_is_erased_from_what_is_left(tmp_path: Path) -> None:
    records = [
        happened(0, FLOOR - DAY),
        happened(1, FLOOR - DAY, taken=NOON),
        happened(2, NOON),
        happened(3, NOON, user_id="bob"),
    ]
    lake = refined(tmp_path / "lake", [records], Limits())
    before = found_in(lake).gold
    retained(lake)
    erase(lake, "ada")
    assert (positions(lake), positions(lake, QUARANTINE)) == ([3], [1, 2])
    settled = oracle.microseconds(FLOOR)
    found = found_in(lake).gold
    assert {key: row for key, row in found[KPIS].items() if key[1] < settled} == {
        key: row for key, row in before[KPIS].items() if key[1] < settled
    }
    assert broken(lake) == []


def test_a_backfill_leaves_what_is_settled_and_refuses_a_damaged_file_of_it(lake: Lake) -> None:
    retained(lake)
    taken_further(lake, happened(5, FLOOR + 2 * DAY, taken=NOON))
    before = found_in(lake)
    (row,) = backfilled(lake, Span.of(FLOOR - 4 * DAY, FLOOR))
    assert row["detail"].startswith("Nothing differs")
    assert found_in(lake) == before
    damaged = next(file for file in lake.files(KPIS).values() if file.lowest["window_start"] < FLOOR)
    path = lake.path(KPIS) / damaged.path
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(RebuildError, match="of which silver does not have all events any more"):
        backfilled(lake, Span.of(FLOOR - 4 * DAY, FLOOR))


def test_an_event_that_was_rejected_as_expired_stays_so(lake: Lake) -> None:
    retained(lake)
    taken_further(lake, happened(5, FLOOR + HOUR, taken=NOON))
    (row,) = backfilled(lake, Span.of(FLOOR + DAY, NOON))
    assert row["detail"].startswith("Nothing differs")
    assert positions(lake, QUARANTINE) == [5]
    assert broken(lake) == []


def test_an_event_that_was_lost_is_not_taken_for_one_that_was_let_go(lake: Lake) -> None:
    retained(lake)
    change(lake, EVENTS, lambda rows: rows.__delitem__(-1))
    found = {finding.check for finding in broken(lake)}
    assert {"ledger equals the tables", "every record once", KPIS} <= found
