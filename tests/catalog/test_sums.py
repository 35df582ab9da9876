"""What is worked out file by file adds up to what the tables say."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from catalog.following import Writer, catalog_on, following, shows, until
from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.distinct import ORDERS, USERS
from rtlakehouse.catalog.snapshot import Digested, Range
from rtlakehouse.catalog.sums import FileDigests, _size
from rtlakehouse.clock import ManualClock
from rtlakehouse.storage.lake import Lake

PLACE = ("tenant_id", "source", "topic", "partition")
ADDED = ("received", "accepted", "duplicates", "quarantined", "late")
LEDGER = "ops.ledger"


def added_up(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], list[Any]]:
    """First and last position, counts and newest commit of each source partition."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in PLACE)].append(row)
    return {place: _of_group(group) for place, group in groups.items()}


def _of_group(group: list[dict[str, Any]]) -> list[Any]:
    ends = [min(row["first_position"] for row in group), max(row["last_position"] for row in group)]
    return [*ends, *(sum(row[name] for row in group) for name in ADDED), max(row["committed_at"] for row in group)]


def ledger(snapshot: Snapshot) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = snapshot.query("select * from rows", rows=LEDGER).to_pylist()
    return found


def test_the_ledgers_sums_are_the_ledgers_now_and_then(lake: Lake, writer: Writer, chance: random.Random) -> None:
    clock = ManualClock(datetime.now(UTC) + timedelta(hours=1))
    for batch in range(6):
        writer.write(chance.randrange(1, 30))
        if batch == 3:
            writer.keep_up()
    catalog = catalog_on(lake, clock)
    for version in (*lake.versions(LEDGER), None):
        snapshot = catalog.latest if version is None else catalog.snapshot(f"{LEDGER}={version}")
        sums = added_up(snapshot.ledger_sums.to_pylist())
        assert sums == added_up(ledger(snapshot))
        for place, (_, last, *_) in sums.items():
            assert snapshot.last_position(*place) == last
        assert snapshot.last_position("nobody", "http", "events", 0) == -1
    catalog.close()


def test_reasons_are_counted_as_quarantine_has_them(lake: Lake, writer: Writer) -> None:
    for _ in range(3):
        writer.write(60)
    catalog = catalog_on(lake)
    counted: Counter[str] = Counter()
    for row in catalog.latest.reason_sums.to_pylist():
        counted[row["reason"]] += row["records"]
    reasons = lake.read("silver.quarantine")["reasons"].to_pylist()
    assert counted == Counter(reason for record in reasons for reason in record)
    assert counted
    catalog.close()


BY_USER = """
    select tenant_id, {minute} as minute, user_id, country, device, campaign, referrer,
        bool_or({viewed}) as viewed, bool_or({bought}) as bought
    from {relation} group by all order by all
"""
BY_ORDER = "select distinct tenant_id, {minute} as minute, currency, {key} as order_key from {relation} {where} order by all"
EVER = Range("event_time", None, None)


def test_who_did_what_in_which_minute_is_as_silver_has_it(lake: Lake, writer: Writer) -> None:
    """Files of one commit and of a compaction, so that some have more users than others."""
    for batch in range(4):
        writer.write((5, 400, 3, 60)[batch])
        if batch == 1:
            writer.keep_up()
    catalog = catalog_on(lake)
    snapshot, events = catalog.latest, {"events": "silver.events"}
    minute = "date_trunc('minute', event_time)"
    bits = {"viewed": "event_type = 'page_view'", "bought": "event_type = 'purchase'"}
    kept = BY_USER.format(minute="minute", viewed="viewed", bought="bought", relation="users")
    whole = BY_USER.format(minute=minute, **bits, relation="events")
    assert snapshot.query(kept, users=Digested(USERS, EVER)).to_pylist() == snapshot.query(whole, **events).to_pylist()
    kept = BY_ORDER.format(minute="minute", key="order_key", relation="orders", where="")
    purchases = {"relation": "events", "where": "where event_type = 'purchase'"}
    whole = BY_ORDER.format(minute=minute, key="coalesce(order_id, event_id)", **purchases)
    assert snapshot.query(kept, orders=Digested(ORDERS, EVER)).to_pylist() == snapshot.query(whole, **events).to_pylist()
    catalog.close()


def test_what_there_is_no_room_to_keep_is_worked_out_again(lake: Lake, writer: Writer) -> None:
    for _ in range(3):
        writer.write(20)
    catalog = catalog_on(lake)
    files = catalog.latest.files_of("silver.events")
    cramped, roomy = (FileDigests(USERS, lake.path("silver.events"), max_bytes) for max_bytes in (1, 1 << 20))
    assert cramped.of(files) == cramped.of(files) == roomy.of(files) == roomy.of(files)
    assert cramped.of([]).num_rows == 0
    catalog.close()


def test_files_are_worked_out_ahead_in_order_up_to_half_of_the_room(lake: Lake, writer: Writer) -> None:
    for _ in range(6):
        writer.write(20)
    folder = lake.path("silver.events")
    with closing(catalog_on(lake)) as catalog:
        files = catalog.latest.files_of("silver.events")
    roomy = FileDigests(USERS, folder)
    worked = [roomy.work_ahead(files) for _ in range(len(files) + 1)]
    assert worked == [True] * len(files) + [False]
    whole = roomy.of(files)
    # Two take more than half of the room for three: the third is worked out when it is asked for.
    room = sum(_size(roomy.of([file])) for file in files[:3])
    cramped = FileDigests(USERS, folder, max_bytes=room)
    assert [cramped.work_ahead(files) for _ in range(3)] == [True, True, False]
    for file in files[:2]:
        (folder / file.path).unlink()
    assert roomy.of(files) == whole
    assert cramped.of(files[:2]) == roomy.of(files[:2])


def test_a_catalog_works_ahead_by_itself(lake: Lake, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtlakehouse.catalog.catalog._LARGE_ROWS", 1)
    monkeypatch.setattr("rtlakehouse.catalog.catalog._LOOK_AHEAD_S", 0.01)
    writer.write(40)
    with following(lake) as catalog:
        snapshot = catalog.latest
        files = snapshot.files_of("silver.events")
        ahead = [catalog.latest.digests[digest.name] for digest in (USERS, ORDERS)]
        until(lambda: all(digests.due(files) is None for digests in ahead), "the files are not digested")
        for file in files:
            (lake.path("silver.events") / file.path).unlink()
        counted = snapshot.query("select count(*) as n from users", users=Digested(USERS, EVER)).to_pylist()
        assert counted[0]["n"] > 0


def test_a_damaged_file_ends_working_ahead_and_nothing_else(lake: Lake, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtlakehouse.catalog.catalog._LARGE_ROWS", 1)
    monkeypatch.setattr("rtlakehouse.catalog.catalog._LOOK_AHEAD_S", 0.01)
    writer.write(40)
    for path in lake.files("silver.events"):
        (lake.path("silver.events") / path).write_bytes(b"not Parquet")
    with capture_logs() as logs, following(lake) as catalog:
        until(lambda: any("read ahead" in entry["event"] for entry in logs), "it does not say so")
        writer.write(40)
        until(lambda: shows(catalog, lake), "it does not follow")
