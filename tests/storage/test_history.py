"""Checkpoints, log clean-up and vacuum: every version that is said to be kept can be read, and says what it said."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta

import pytest

from rtlakehouse.clock import ManualClock, SystemClock
from rtlakehouse.errors import CorruptionError, VersionGoneError
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import commit_path, log_dir, read_commit
from rtlakehouse.storage.maintenance import Limits, Maintenance
from storage.rows import BRONZE, KPIS, append, counts, minute, windows

HOUR = timedelta(hours=1)


def write(lake: Lake, number: int) -> None:
    """A version of gold that holds one window, in a file of its own."""
    writer = lake.writer(KPIS)
    writer.seal(writer.replace(windows({0: number}), [minute(0)], "app", number, {}))


def entries(lake: Lake) -> list[str]:
    return sorted(path.name for path in log_dir(lake.path(KPIS)).glob("[0-9]*"))


def test_every_kept_version_says_what_it_said(lake: Lake, chance: random.Random) -> None:
    """With a step of a minute between checkpoints whose times are set apart, as they are when a lake runs."""
    clock = ManualClock(datetime.now(UTC))
    limits = Limits(log_commits=5, history_step=timedelta(minutes=10), retention=HOUR)
    upkeep = Maintenance(lake, clock, limits)
    said: dict[int, dict[int, int]] = {0: {}}
    for number in range(1, 25):
        write(lake, number)
        version = lake.version(KPIS)
        said[version] = {0: number}
        if chance.random() < 0.5:
            upkeep.checkpoint(KPIS)
            written = clock.now().timestamp()
            os.utime(log_dir(lake.path(KPIS)) / f"{version:020d}.checkpoint.parquet", (written, written))
            upkeep.clean_log(KPIS)
        clock.advance(timedelta(minutes=3))
    kept = lake.versions(KPIS)
    assert kept[-5:] == list(range(20, 25))
    for version, rows in said.items():
        if version in kept:
            assert counts(lake, version) == rows
        else:
            with pytest.raises(VersionGoneError, match=f"the oldest it keeps is {kept[0]}") as gone:
                lake.read(KPIS, version)
            assert gone.value.oldest == kept[0]


def test_what_was_removed_is_what_is_reported(lake: Lake) -> None:
    upkeep = Maintenance(lake, SystemClock(), Limits(log_commits=1, retention=timedelta(0)))
    for number in range(1, 7):
        write(lake, number)
    (made,) = upkeep.checkpoint(KPIS)
    assert made.detail == "wrote version 6"
    assert upkeep.checkpoint(KPIS) == []
    assert upkeep.clean_log(KPIS) == []
    write(lake, 7)
    before = entries(lake)
    assert upkeep.clean_log(KPIS, dry_run=True) == []
    upkeep.checkpoint(KPIS)
    (said,) = upkeep.clean_log(KPIS, dry_run=True)
    assert said.detail == "would remove 6 entries"
    (done,) = upkeep.clean_log(KPIS)
    assert done.detail == "removed 6 entries"
    assert sorted(set(before) - set(entries(lake))) == [f"{version:020d}.json" for version in range(6)]


def test_entries_of_bronze_that_no_engine_has_taken_are_kept(lake: Lake) -> None:
    upkeep = Maintenance(lake, SystemClock(), Limits(log_commits=1, retention=timedelta(0)))
    for position in range(6):
        append(lake, position)
        upkeep.checkpoint(BRONZE)
    assert upkeep.clean_log(BRONZE) == []
    assert all(read_commit(lake.path(BRONZE), version) for version in range(7))


def test_vacuum_deletes_what_the_retention_does_not_need(lake: Lake) -> None:
    upkeep = Maintenance(lake, SystemClock(), Limits(retention=timedelta(days=7)))
    for number in range(1, 4):
        write(lake, number)
    assert upkeep.vacuum(KPIS) == []
    (would,) = upkeep.vacuum(KPIS, dry_run=True, retention=timedelta(0))
    assert would.detail == "would delete 2 files"
    assert counts(lake, 1) == {0: 1}
    (did,) = upkeep.vacuum(KPIS, retention=timedelta(0))
    assert did.detail == "deleted 2 files"
    assert counts(lake) == {0: 3}
    assert sorted(path.name for path in lake.path(KPIS).glob("*.parquet")) == sorted(lake.files(KPIS))
    assert list(lake.seals(KPIS).read()) == list(lake.files(KPIS))


def test_vacuum_does_not_forget_that_a_missing_file_was_acknowledged(lake: Lake) -> None:
    """Without its seal the next start would take the commit for one that was never acknowledged."""
    append(lake, 0)
    victim = append(lake, 1).adds[0].path
    (lake.path(BRONZE) / victim).unlink()
    Maintenance(lake, SystemClock(), Limits()).vacuum(BRONZE, retention=timedelta(0))
    assert victim in lake.seals(BRONZE).read()
    with pytest.raises(CorruptionError, match=f"{victim} is missing"):
        Lake.create(lake.root)
    assert commit_path(lake.path(BRONZE), 2).exists()
