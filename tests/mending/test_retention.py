"""Retention: bronze lets go of what is older than its term, and nothing of what is missing looks lost."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import oracle
from mending.lakes import NOON, RULES, backfilled, event, refined
from mending.test_erasure import erase, holding
from mending.test_restore import restored
from rtlakehouse.catalog import Catalog
from rtlakehouse.clock import SystemClock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.errors import RebuildError, UsageError
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.mending import Keeping, Retention, Span, Terms
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits as UpkeepLimits
from rtlakehouse.storage.maintenance import Maintenance
from running import append, broken, drain, engine_on
from shapes import found_in
from storage.damage import change

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
MONTH = Terms(of_all=30)


def taken(number: int, ago: timedelta, tenant: str = DEFAULT_TENANT) -> oracle.Record:
    """An event that was taken in so long before noon, when it happened."""
    at = NOON - ago
    found = event(number, at)
    return oracle.Record(found.raw, number, at, at, tenant)


def retained(lake: Lake, terms: Terms = MONTH, now: datetime = NOON, *, dry_run: bool = False) -> list[dict[str, Any]]:
    return Retention(lake, Keeping(terms), now, RULES, dry_run=dry_run).run()


def retained_lake(lake: Lake, terms: Terms = MONTH) -> Lake:
    retained(lake, terms)
    return lake


def positions(lake: Lake, table: str = "bronze.events") -> list[int]:
    return sorted(lake.read(table)["position"].to_pylist())


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Four records of two months, a commit each but for two that share one, all refined."""
    return refined(tmp_path / "lake", [[taken(0, 60 * DAY)], [taken(1, 40 * DAY), taken(2, 5 * DAY)], [taken(3, DAY)]], Limits())


def test_what_is_older_goes_and_the_rest_stays_as_it_is(lake: Lake) -> None:
    before = found_in(lake)
    files = set(lake.files("bronze.events"))
    would = retained(lake, dry_run=True)
    assert set(lake.files("bronze.events")) == files
    did = retained(lake)
    assert [row["detail"].removeprefix("would ") for row in would] == [row["detail"] for row in did]
    assert positions(lake) == [2, 3]
    assert broken(lake) == []
    assert found_in(lake) == before
    assert [row["detail"] for row in retained(lake)] == ["Nothing is older than it is kept."]
    ledger = {row["batch"]: row["expired"] for row in lake.read("ops.ledger").to_pylist()}
    assert sorted(ledger.values(), key=str) == [1, 1, None]


def test_a_term_of_a_tenant_comes_before_that_of_all(tmp_path: Path) -> None:
    commits = [[taken(0, 60 * DAY), taken(1, 60 * DAY, "acme")], [taken(2, 9 * DAY), taken(3, 9 * DAY, "acme")]]
    lake = refined(tmp_path / "lake", commits, Limits())
    assert positions(retained_lake(lake, Terms(of_tenants={"acme": 7}))) == [0, 2]
    assert positions(retained_lake(lake, Terms(of_all=30, of_tenants={"acme": 90}))) == [2]
    assert broken(lake) == []


def test_a_day_is_kept_until_it_is_over_everywhere_in_it(tmp_path: Path) -> None:
    midnight = NOON - timedelta(hours=12)
    lake = refined(tmp_path / "lake", [[event(0, midnight - DAY - TICK), event(1, midnight - DAY)]], Limits())
    assert positions(retained_lake(lake, Terms(of_all=1))) == [1]
    assert broken(lake) == []


def test_what_silver_has_yet_to_take_stays(lake: Lake) -> None:
    append(lake, [taken(4, 50 * DAY), taken(5, DAY)])
    assert positions(retained_lake(lake)) == [1, 2, 3, 4, 5]
    engine = engine_on(lake)
    drain(engine)
    engine.close()
    assert positions(retained_lake(lake)) == [2, 3, 5]
    assert broken(lake) == []


def test_an_engine_goes_on_and_knows_what_it_has_taken(lake: Lake) -> None:
    engine = engine_on(lake)
    retained(lake)
    engine.reopen()
    append(lake, [event(4, NOON - 60 * DAY, event_id="event-0"), event(5, NOON, received=NOON)])
    drain(engine)
    engine.close()
    assert positions(lake, "silver.duplicates") == [4]
    assert positions(lake) == [2, 3, 4, 5]
    assert broken(lake) == []


def test_a_lost_record_is_not_taken_for_one_that_was_let_go(lake: Lake) -> None:
    retained(lake)
    change(lake, "bronze.events", lambda rows: rows.__delitem__(-1))
    found = {finding.check for finding in broken(lake)}
    assert {"ledger equals the tables", "every record once", "positions without gap"} <= found


def test_a_range_without_its_records_is_not_rebuilt(lake: Lake) -> None:
    retained(lake)
    with pytest.raises(RebuildError, match="Bronze has let go of 1 records of this range"):
        backfilled(lake, Span.of(NOON - 61 * DAY, NOON - 59 * DAY))
    (row,) = backfilled(lake, Span.of(NOON - 6 * DAY, NOON))
    assert row["detail"] == "Nothing differs: 2 records were looked at."


def test_a_user_is_erased_also_where_bronze_let_go_of_what_was_received(tmp_path: Path) -> None:
    old, new = NOON - 60 * DAY, NOON
    records = [
        event(0, old, user_id="zoe-4711", event_id="first"),
        event(1, old, user_id="zoe-4711", event_id="first"),
        event(2, old, user_id="zoe-4711", event_id="odd", quantity="two"),
        event(3, old, user_id="bob"),
        event(4, new, user_id="zoe-4711", event_id="last"),
    ]
    lake = refined(tmp_path / "lake", [records], Limits())
    retained(lake)
    found = erase(lake, "zoe-4711")
    assert found.records == {"bronze.events": 1, "silver.events": 2, "silver.quarantine": 1, "silver.duplicates": 1}
    assert holding(lake, b"zoe-4711") == []
    assert positions(lake, "silver.events") == [3]
    assert positions(lake, "silver.quarantine") == [0, 1, 2, 4]
    assert broken(lake) == []


def test_files_that_upkeep_has_rearranged_meanwhile_are_left_for_another_time(lake: Lake) -> None:
    retention = Retention(lake, Keeping(MONTH), NOON, RULES)
    found = retention.prepare()
    assert found is not None
    Maintenance(lake, SystemClock(), UpkeepLimits(compact_files=2)).compact("bronze.events")
    (row,) = retention.commit(found)
    assert row["detail"] == "its files were rearranged; it is tried again later"
    assert not any((lake.path(table) / path).exists() for table, _, adds in found.files for path in adds)
    assert positions(lake) == [0, 1, 2, 3]
    assert positions(retained_lake(lake)) == [2, 3]
    assert broken(lake) == []


def test_batches_that_come_between_what_is_prepared_and_done_stay(lake: Lake) -> None:
    engine = engine_on(lake)
    retention = Retention(lake, Keeping(MONTH), NOON, RULES)
    found = retention.prepare()
    assert found is not None
    append(lake, [taken(4, timedelta())])
    drain(engine)
    retention.commit(found)
    engine.reopen()
    append(lake, [taken(5, timedelta())])
    drain(engine)
    engine.close()
    assert positions(lake) == [2, 3, 4, 5]
    assert broken(lake) == []


def test_a_ledger_from_before_there_was_retention_is_read_as_one_that_has_let_go_of_nothing(lake: Lake) -> None:
    for path in lake.files("ops.ledger"):
        file = lake.path("ops.ledger") / path
        pq.write_table(pq.read_table(file, partitioning=None).drop_columns(["expired", "expired_at"]), file)
    assert {finding.check for finding in broken(lake)} == {"files of ops.ledger"}
    with closing(Catalog(lake, SystemClock(), poll=DAY, memory_mb=64, gold_mb=16)) as catalog:
        assert catalog.latest.ledger_sums["expired"].null_count == catalog.latest.ledger_sums.num_rows > 0
    assert positions(retained_lake(lake)) == [2, 3]


def rejected(number: int, ago: timedelta, tenant: str = DEFAULT_TENANT) -> oracle.Record:
    return replace(taken(number, ago, tenant), raw=b"{")


def all_let_go(lake: Lake, quarantine: Terms, now: datetime) -> list[str]:
    would = Retention(lake, Keeping(MONTH, quarantine), now, RULES, dry_run=True).run()
    did = [row["detail"] for row in Retention(lake, Keeping(MONTH, quarantine), now, RULES).run()]
    assert [row["detail"].removeprefix("would ") for row in would] == did
    return did


def test_quarantine_goes_after_bronze_and_the_ledger_says_so(tmp_path: Path) -> None:
    records = [[taken(0, 60 * DAY), rejected(1, 60 * DAY)], [rejected(2, 40 * DAY), taken(3, DAY), rejected(4, DAY, "acme")]]
    lake = refined(tmp_path / "lake", records, Limits())
    # When a batch was complete is by the machine's clock.
    (day,) = {at.replace(hour=0, minute=0, second=0, microsecond=0) for at in lake.read("ops.ledger")["committed_at"].to_pylist()}
    assert any("of tenant default" in text for text in all_let_go(lake, Terms(of_all=90), day + 90 * DAY))
    assert positions(lake, "silver.quarantine") == [1, 2, 4]
    own = Terms(of_all=90, of_tenants={"acme": 1_000})
    assert all_let_go(lake, own, day + 91 * DAY)[0].startswith("let go of 2 records of tenant default, taken in before")
    assert (positions(lake, "silver.quarantine"), positions(lake, "silver.events")) == ([4], [0, 3])
    assert broken(lake) == []
    counted = lake.read("ops.ledger").filter(pc.equal(lake.read("ops.ledger")["tenant_id"], DEFAULT_TENANT)).to_pylist()
    assert [(row["received"], row["expired"], row["quarantined"], row["quarantined_expired"]) for row in counted] == [
        (2, 2, 1, 1),
        (2, 2, 1, 1),
    ]
    (row,) = backfilled(lake, Span.of(NOON + DAY, NOON + 2 * DAY))
    assert row["detail"].startswith("Nothing differs")
    erase(lake, "ada")
    assert broken(lake) == []


def test_quarantine_is_not_kept_for_a_shorter_time_than_bronze(lake: Lake) -> None:
    for terms, quarantine in ((Terms(), Terms(9)), (MONTH, Terms(of_tenants={"acme": 29})), (Terms(1, {"acme": 3}), Terms(2))):
        with pytest.raises(UsageError, match="give bronze as many days, or fewer"):
            Retention(lake, Keeping(terms, quarantine), NOON, RULES)


def test_what_quarantine_has_let_go_of_is_not_restored(tmp_path: Path) -> None:
    lake = refined(tmp_path / "lake", [[taken(0, DAY), rejected(1, DAY)], [taken(2, timedelta())]], Limits())
    version = lake.version("silver.events")
    Retention(lake, Keeping(Terms(1), Terms(1)), NOON + 9_999 * DAY, RULES).run()
    restored(lake, "silver.events", version)
    assert positions(lake, "silver.quarantine") == []
    assert broken(lake) == []
