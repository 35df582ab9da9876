"""Leases: vacuum leaves alone what a reader holds, however the reader ends."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from rtlakehouse.clock import ManualClock
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.leases import Lease, Leases
from rtlakehouse.storage.maintenance import Limits, Maintenance
from storage.rows import KPIS, counts, minute, windows

LENGTH = timedelta(minutes=10)


@pytest.fixture
def clock() -> ManualClock:
    """Vacuum compares with the times that delta-rs writes, and log clean-up with those of files: it starts just after them."""
    return ManualClock(datetime.now(UTC) + timedelta(minutes=1))


@pytest.fixture
def leases(lake: Lake, clock: ManualClock) -> Leases:
    return Leases(lake.control / "leases", clock)


@pytest.fixture
def upkeep(lake: Lake, clock: ManualClock) -> Maintenance:
    return Maintenance(lake, clock, Limits(compact_files=2, log_commits=1, retention=timedelta(0)))


def replace_all(lake: Lake, events: int) -> int:
    """Make a version of gold whose files are others than those of all before; returns its number."""
    writer = lake.writer(KPIS)
    progress = writer.version + 1
    commit = writer.replace(windows({0: events}), [minute(0)], "app", progress, {})
    writer.seal(commit)
    return commit.version


def is_whole(lake: Lake, version: int) -> bool:
    return all((lake.path(KPIS) / path).exists() for path in lake.files(KPIS, version))


def test_a_lease_is_there_until_it_is_given_back(leases: Leases) -> None:
    taken = [leases.take({KPIS: version}, LENGTH) for version in (7, 3, 5)]
    assert sorted(leases.active(), key=lambda lease: lease.id) == sorted(taken, key=lambda lease: lease.id)
    assert (leases.oldest(KPIS), leases.oldest("silver.events")) == (3, None)
    leases.release(taken[1])
    assert leases.oldest(KPIS) == 5
    leases.release(taken[1])
    assert len(leases.active()) == 2


def test_a_lease_ends_by_itself_and_is_cleared_away(lake: Lake, leases: Leases, clock: ManualClock) -> None:
    leases.take({KPIS: 1}, LENGTH)
    clock.advance(LENGTH / 2)
    later = leases.take({KPIS: 2}, LENGTH)
    clock.advance(LENGTH / 2)
    assert leases.active() == [later]
    assert [path.stem for path in (lake.control / "leases").iterdir()] == [later.id]


def test_vacuum_keeps_what_a_lease_holds_and_deletes_it_once_that_is_over(
    lake: Lake, leases: Leases, upkeep: Maintenance, clock: ManualClock
) -> None:
    held = replace_all(lake, 1)
    leases.take({KPIS: held}, LENGTH)
    replace_all(lake, 2)
    assert upkeep.vacuum(KPIS) == []
    assert counts(lake, held) == {0: 1}
    clock.advance(LENGTH)
    assert [outcome.detail for outcome in upkeep.vacuum(KPIS)] == ["deleted 1 files"]
    assert not is_whole(lake, held)
    assert counts(lake) == {0: 2}


def test_a_lease_on_another_table_keeps_nothing(lake: Lake, leases: Leases, upkeep: Maintenance) -> None:
    replace_all(lake, 1)
    leases.take({"silver.events": 0}, LENGTH)
    replace_all(lake, 2)
    assert len(upkeep.vacuum(KPIS)) == 1


def test_log_clean_up_keeps_the_entry_by_which_vacuum_dates_a_lease(lake: Lake, leases: Leases, upkeep: Maintenance) -> None:
    held = replace_all(lake, 1)
    lease = leases.take({KPIS: held}, LENGTH)
    for events in range(2, 6):
        replace_all(lake, events)
        upkeep.checkpoint(KPIS)
        upkeep.clean_log(KPIS)
    assert upkeep.vacuum(KPIS) == []
    assert counts(lake, held) == {0: 1}
    leases.release(lease)
    assert upkeep.clean_log(KPIS) != []
    assert upkeep.vacuum(KPIS) != []


def test_the_lease_of_a_reader_that_was_killed_holds_until_it_ends(
    lake: Lake, leases: Leases, upkeep: Maintenance, clock: ManualClock
) -> None:
    held = replace_all(lake, 1)
    program = f"""
import os, signal
from datetime import timedelta
from pathlib import Path
from rtlakehouse.clock import SystemClock
from rtlakehouse.storage.leases import Leases
Leases(Path({str(lake.control / "leases")!r}), SystemClock()).take({{{KPIS!r}: {held}}}, timedelta(minutes=10))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGKILL
    replace_all(lake, 2)
    assert upkeep.vacuum(KPIS) == []
    assert counts(lake, held) == {0: 1}
    clock.advance(LENGTH + timedelta(minutes=1))
    assert upkeep.vacuum(KPIS) != []
    assert leases.active() == []


def test_no_upkeep_takes_files_from_under_a_reader(
    lake: Lake, leases: Leases, upkeep: Maintenance, chance: random.Random
) -> None:
    held: dict[int, Lease] = {}
    for events in range(1, 40):
        what = chance.choice(["write", "write", "take", "release", "run", "vacuum"])
        if what == "write":
            replace_all(lake, events)
        elif what == "take" and (version := lake.version(KPIS)):
            held.setdefault(version, leases.take({KPIS: version}, LENGTH))
        elif what == "release" and held:
            leases.release(held.pop(chance.choice(list(held))))
        elif what == "run":
            upkeep.run(KPIS)
        elif what == "vacuum":
            upkeep.vacuum(KPIS)
        for version in held:
            assert is_whole(lake, version), (what, version)
