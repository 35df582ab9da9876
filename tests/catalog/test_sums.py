"""What is worked out file by file adds up to what the tables say."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.following import Writer, catalog_on
from rtlakehouse.catalog import Snapshot
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
