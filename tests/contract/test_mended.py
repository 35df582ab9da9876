"""What is worked out again or taken back in a lake of Spark: Spark goes on with it as the embedded engine would."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import oracle
from contract.conftest import Start
from faults.loads import assert_right
from mending.lakes import NOON, RULES, STRICT, backfilled, refined, shop
from mending.test_erasure import erase, user_of
from mending.test_restore import restored
from mending.test_retention_of_silver import happened
from rtlakehouse.contract.refine import Limits
from rtlakehouse.mending import Keeping, Retention, Terms
from rtlakehouse.storage.lake import Lake
from running import append, broken, drain, engine_on
from shapes import found_in

# Spark's first batch takes long where the machine does something else as well.
pytestmark = pytest.mark.timeout(600)


def mended(root: Path, start: Start) -> Lake:
    """A lake with a backfill, and then a restore to what was before it, each between two batches of one engine."""
    records = shop(120)
    lake = refined(root, [records[:40]], STRICT)
    version = lake.version("silver.events")
    engine = start(lake)
    backfilled(lake)
    engine.reopen()
    append(lake, records[40:80])
    drain(engine)
    assert_right(lake)
    restored(lake, "silver.events", version)
    engine.reopen()
    append(lake, records[80:])
    drain(engine)
    assert broken(lake) == []
    return lake


def erased(root: Path, start: Start) -> Lake:
    """A lake of which a user was erased between two batches of one engine."""
    records = shop(120)
    lake = refined(root, [records[:40]], Limits())
    engine = start(lake)
    append(lake, records[40:80])
    drain(engine)
    erase(lake, user_of(records[0]))
    engine.reopen()
    append(lake, records[80:])
    drain(engine)
    assert_right(lake)
    return lake


def retained(root: Path, start: Start) -> Lake:
    """A lake of which bronze has let go of the first day, between two batches of one engine."""
    records = shop(120)
    old = [replace(record, ingested_at=record.ingested_at - timedelta(days=40)) for record in records[:40]]
    lake = refined(root, [old], Limits())
    engine = start(lake)
    append(lake, records[40:80])
    drain(engine)
    Retention(lake, Keeping(Terms(of_all=30)), NOON, RULES).run()
    engine.reopen()
    append(lake, records[80:])
    drain(engine)
    assert broken(lake) == []
    assert sorted(lake.read("bronze.events")["position"].to_pylist()) == list(range(40, 120))
    return lake


def settled(root: Path, start: Start) -> Lake:
    """A lake of which silver has let go of old events of one of two tenants, between two batches of one engine."""
    old = NOON - timedelta(days=60)
    records = [happened(n, old + timedelta(minutes=n % 3), ("acme", "default")[n % 2]) for n in range(20)]
    lake = refined(root, [records], Limits())
    engine = start(lake)
    Retention(lake, Keeping(Terms(30), silver=Terms(of_tenants={"acme": 30})), NOON, RULES).run()
    engine.reopen()
    # The first two are of minutes that are settled for acme, the others are a duplicate and of now.
    late = [happened(20, old, "acme"), happened(21, old), happened(22, old, event_id="event-1"), happened(23, NOON, "acme")]
    append(lake, late)
    drain(engine)
    assert broken(lake) == []
    assert found_in(lake).gold == oracle.run([*records, *late[1:]]).gold
    return lake


def test_spark_leaves_windows_as_they_are_whose_events_silver_has_let_go_of(start_spark: Start, tmp_path: Path) -> None:
    found = found_in(settled(tmp_path / "spark", start_spark))
    assert [row["reasons"] for row in found.quarantine.values()] == [["expired"]]
    assert found == found_in(settled(tmp_path / "embedded", engine_on))


def test_spark_goes_on_where_bronze_has_let_go_of_what_it_took(start_spark: Start, tmp_path: Path) -> None:
    assert found_in(retained(tmp_path / "spark", start_spark)) == oracle.run(shop(120))


def test_spark_goes_on_with_what_an_erasure_has_left(start_spark: Start, tmp_path: Path) -> None:
    assert found_in(erased(tmp_path / "spark", start_spark)) == found_in(erased(tmp_path / "embedded", engine_on))


def test_spark_goes_on_with_what_a_backfill_and_a_restore_have_made_of_its_tables(start_spark: Start, tmp_path: Path) -> None:
    assert found_in(mended(tmp_path / "spark", start_spark)) == found_in(mended(tmp_path / "embedded", engine_on))
