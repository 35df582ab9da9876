"""Pinned versions outlast vacuum and log clean-up, whatever goes around them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest

from rtlakehouse.catalog.past import Past
from rtlakehouse.clock import ManualClock
from rtlakehouse.errors import StoreError
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import read_commit
from rtlakehouse.storage.maintenance import Limits, Maintenance
from storage.rows import KPIS, counts
from storage.test_leases import is_whole, replace_all


@pytest.fixture
def clock() -> ManualClock:
    """Vacuum compares with the times that delta-rs writes: it starts just after them."""
    return ManualClock(datetime.now(UTC) + timedelta(minutes=1))


def upkeep_with(lake: Lake, clock: ManualClock, *pinned: int) -> Maintenance:
    def of(table: str) -> Collection[int]:
        return pinned if table == KPIS else ()

    return Maintenance(lake, clock, Limits(compact_files=2, log_commits=1, retention=timedelta(0)), of)


def test_vacuum_leaves_pinned_versions_and_takes_those_around_them(lake: Lake, clock: ManualClock) -> None:
    versions = [replace_all(lake, events) for events in range(1, 8)]
    before = {version: counts(lake, version) for version in versions}
    upkeep = upkeep_with(lake, clock, versions[1], versions[4])
    assert "would delete 4 files" in upkeep.vacuum(KPIS, dry_run=True)[0].detail
    upkeep.vacuum(KPIS)
    assert [version for version in versions if is_whole(lake, version)] == [versions[1], versions[4], versions[6]]
    for version in (versions[1], versions[4], versions[6]):
        assert counts(lake, version) == before[version]
    kept = Past(lake, clock).kept(KPIS)
    assert [version for version in versions if kept.state(version) == "readable"] == [versions[1], versions[4], versions[6]]
    assert {kept.state(version) for version in (versions[0], versions[3], versions[5])} == {"vacuumed"}


def test_a_pin_that_is_gone_keeps_nothing(lake: Lake, clock: ManualClock) -> None:
    versions = [replace_all(lake, events) for events in range(1, 5)]
    upkeep_with(lake, clock, versions[1]).vacuum(KPIS)
    assert is_whole(lake, versions[1])
    upkeep_with(lake, clock).vacuum(KPIS)
    assert [version for version in versions if is_whole(lake, version)] == [versions[3]]
    kept = Past(lake, clock).kept(KPIS)
    assert [version for version in versions if kept.state(version) == "readable"] == [versions[3]]


def test_the_log_leads_to_pinned_versions_after_it_was_cleaned(lake: Lake, clock: ManualClock) -> None:
    upkeep = upkeep_with(lake, clock, 1, 5)
    for events in range(1, 9):
        replace_all(lake, events)
        if events % 2 == 0:
            upkeep.checkpoint(KPIS)
    before = {version: counts(lake, version) for version in (1, 5)}
    clock.advance(timedelta(days=30))
    assert upkeep.clean_log(KPIS)
    upkeep.vacuum(KPIS)
    assert [version for version in range(8) if version in lake.versions(KPIS)] == [0, 1, 4, 5, 6, 7]
    for version in (1, 5):
        assert read_commit(lake.path(KPIS), version) is not None
        assert counts(lake, version) == before[version]


def test_nothing_is_removed_while_pins_cannot_be_known(lake: Lake, clock: ManualClock) -> None:
    versions = [replace_all(lake, events) for events in range(1, 5)]

    def unknown(table: str) -> Collection[int]:
        raise StoreError("The control store does not answer.")

    upkeep = Maintenance(lake, clock, Limits(compact_files=2, log_commits=1, retention=timedelta(0)), unknown)
    upkeep.checkpoint(KPIS)
    outcomes = [*upkeep.vacuum(KPIS), *upkeep.clean_log(KPIS)]
    assert [(outcome.action, outcome.is_fault) for outcome in outcomes] == [("vacuum", True), ("clean log", True)]
    assert all("does not answer" in outcome.detail for outcome in outcomes)
    assert all(is_whole(lake, version) for version in versions)
    assert read_commit(lake.path(KPIS), versions[0]) is not None
