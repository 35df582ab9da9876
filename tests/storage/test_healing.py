"""Healing at start: what was never acknowledged is taken back, what was is not touched, and both are said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import CorruptionError
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import Commit, commit_path, log_dir
from rtlakehouse.storage.maintenance import Limits, Maintenance
from storage.rows import BRONZE, append, numbered, positions

Damage = Callable[[Lake, Commit], Path]


def entry_of(lake: Lake, commit: Commit) -> Path:
    return commit_path(lake.path(BRONZE), commit.version)


def data_of(lake: Lake, commit: Commit) -> Path:
    return lake.path(BRONZE) / commit.adds[0].path


def an_empty_entry(lake: Lake, commit: Commit) -> Path:
    os.truncate(entry_of(lake, commit), 0)
    return entry_of(lake, commit)


def a_torn_entry(lake: Lake, commit: Commit) -> Path:
    os.truncate(entry_of(lake, commit), entry_of(lake, commit).stat().st_size - 40)
    return entry_of(lake, commit)


def an_empty_file(lake: Lake, commit: Commit) -> Path:
    os.truncate(data_of(lake, commit), 0)
    return data_of(lake, commit)


def a_file_without_its_end(lake: Lake, commit: Commit) -> Path:
    """Of the right length, as some file systems leave it."""
    content = data_of(lake, commit).read_bytes()
    data_of(lake, commit).write_bytes(content[:-64] + bytes(64))
    return data_of(lake, commit)


def a_missing_file(lake: Lake, commit: Commit) -> Path:
    data_of(lake, commit).unlink()
    return data_of(lake, commit)


DAMAGES = [an_empty_entry, a_torn_entry, an_empty_file, a_file_without_its_end, a_missing_file]
OF_FILES = DAMAGES[2:]


def unsealed(lake: Lake, position: int) -> Commit:
    return lake.writer(BRONZE).append(numbered(position), "app", position, {})


def log_of(lake: Lake) -> set[str]:
    return {path.name for path in log_dir(lake.path(BRONZE)).iterdir()}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_commit_that_was_not_acknowledged_is_taken_back(damage: Damage, lake: Lake) -> None:
    append(lake, 0)
    last = unsealed(lake, 1)
    victim = damage(lake, last)
    again = Lake.create(lake.root)
    (healed,) = again.healed
    assert healed.table == "events"
    assert "took back the last commit, never acknowledged" in healed.what
    assert str(victim) in healed.what
    assert len(list((lake.control / "attic").glob(f"events.{entry_of(lake, last).name}.*"))) == 1
    assert positions(again) == [0]
    append(again, 2)
    assert positions(again) == [0, 2]
    assert Lake.create(lake.root).healed == ()


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_stands_on_a_damaged_commit_goes_with_it(damage: Damage, lake: Lake) -> None:
    """Two processes wrote, and neither had come to acknowledge."""
    append(lake, 0)
    lower, _ = unsealed(lake, 1), unsealed(lake, 2)
    damage(lake, lower)
    again = Lake.create(lake.root)
    assert ["took back the last 2 commits" in healed.what for healed in again.healed] == [True]
    assert positions(again) == [0]


@pytest.mark.parametrize("damage", OF_FILES)
def test_damage_to_what_was_acknowledged_is_named_and_nothing_is_moved(damage: Damage, lake: Lake) -> None:
    append(lake, 0)
    victim = damage(lake, append(lake, 1))
    unsealed(lake, 2)
    before = log_of(lake)
    with pytest.raises(CorruptionError, match=r"acknowledged, so it is not taken back.*rtl doctor") as refused:
        Lake.create(lake.root)
    assert str(victim) in str(refused.value)
    assert log_of(lake) == before


@pytest.mark.parametrize("damage", DAMAGES)
def test_nothing_acknowledged_is_taken_back_with_what_it_stands_on(damage: Damage, lake: Lake) -> None:
    append(lake, 0)
    lower = unsealed(lake, 1)
    append(lake, 2)
    damage(lake, lower)
    before = log_of(lake)
    with pytest.raises(CorruptionError, match="Version 3 was acknowledged"):
        Lake.create(lake.root)
    assert log_of(lake) == before


def test_a_whole_commit_that_was_not_sealed_is_kept_and_sealed(lake: Lake) -> None:
    commit = unsealed(lake, 0)
    again = Lake.create(lake.root)
    assert [healed.what for healed in again.healed] == ["sealed version 1, which a crash had left unsealed"]
    assert positions(again) == [0]
    sealed = again.seals(BRONZE)
    sealed.check(commit.adds[0].path, sealed.read()[commit.adds[0].path])


def test_of_a_half_made_group_of_commits_only_the_damaged_is_taken_back(refined: Lake) -> None:
    """The engine commits to several tables before it makes them durable."""
    names = ("silver.events", "silver.quarantine", "silver.duplicates")
    before = {name: refined.read(name).num_rows for name in names}
    for name in names:
        refined.writer(name).append(refined.read(name), "app", 1, {})
    versions = {name: refined.version(name) for name in names}
    os.truncate(commit_path(refined.path("silver.quarantine"), versions["silver.quarantine"]), 0)
    again = Lake.create(refined.root)
    found = {healed.table: healed.what.split()[0] for healed in again.healed}
    assert found == {"events": "sealed", "quarantine": "took", "duplicates": "sealed"}
    expected = {name: rows * (1 if name == "silver.quarantine" else 2) for name, rows in before.items()}
    assert {name: again.read(name).num_rows for name in names} == expected


def test_damage_to_a_table_that_others_write_is_said_and_does_not_stop_the_caller(refined: Lake) -> None:
    """As the gateway starts: it writes bronze alone."""
    victim = refined.path("gold.kpis_1m") / next(iter(refined.files("gold.kpis_1m")))
    victim.unlink()
    gateways = Lake.create(refined.root, writes=("bronze.events",))
    (said,) = gateways.damaged
    assert str(victim) in said
    with pytest.raises(CorruptionError):
        Lake.create(refined.root)


@pytest.mark.parametrize("table", ["silver.events", "gold.kpis_1m", "bronze.events"])
def test_a_table_that_lost_its_end_or_all_is_not_made_anew(table: str, refined: Lake) -> None:
    newest = refined.version(table)
    commit_path(refined.path(table), newest).unlink()
    with pytest.raises(CorruptionError, match=f"ends at version {newest - 1}, but later tables .* version {newest}.*backup"):
        Lake.create(refined.root)
    shutil.rmtree(refined.path(table))
    with pytest.raises(CorruptionError, match="ends at version 0"):
        Lake.create(refined.root)


def test_files_that_upkeep_removed_are_no_damage(lake: Lake) -> None:
    for position in range(4):
        append(lake, position)
    upkeep = Maintenance(lake, SystemClock(), Limits(compact_files=2))
    upkeep.compact(BRONZE)
    for path in lake.files(BRONZE, 4):
        (lake.path(BRONZE) / path).unlink()
    again = Lake.create(lake.root)
    assert again.healed == ()
    assert positions(again) == [0, 1, 2, 3]


@pytest.mark.parametrize("size", [0, 100])
def test_a_damaged_checkpoint_is_set_aside_and_the_commits_are_read(size: int, lake: Lake) -> None:
    append(lake, 0)
    Maintenance(lake, SystemClock(), Limits()).checkpoint(BRONZE)
    (checkpoint,) = log_dir(lake.path(BRONZE)).glob("*.checkpoint.parquet")
    os.truncate(checkpoint, size)
    again = Lake.create(lake.root)
    assert [healed.what.partition(":")[0] for healed in again.healed] == [
        "set aside a damaged checkpoint",
        "set aside _last_checkpoint, which named no checkpoint there is",
    ]
    assert positions(again) == [0]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": "x"}', b'{"version": 7}'])
def test_a_pointer_to_no_checkpoint_is_set_aside(content: bytes, lake: Lake) -> None:
    append(lake, 0)
    (log_dir(lake.path(BRONZE)) / "_last_checkpoint").write_bytes(content)
    again = Lake.create(lake.root)
    assert len(again.healed) == 1
    assert positions(again) == [0]


def test_a_whole_lake_needs_no_healing(refined: Lake) -> None:
    again = Lake.create(refined.root)
    assert (again.healed, again.damaged) == ((), ())
