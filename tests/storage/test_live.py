"""The live files of a table, followed through its log, are those that delta-rs lists at that version."""

from __future__ import annotations

import random
from datetime import UTC, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rtlakehouse.clock import SystemClock
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.live import LiveFiles, files_at
from rtlakehouse.storage.log import DataFile
from rtlakehouse.storage.maintenance import Limits, Maintenance
from storage.rows import KPIS, NOON, minute, windows

SILVER = "silver.events"
TIMES = ("event_time", "window_start")


def comparable(files: dict[str, DataFile]) -> dict[str, tuple[Any, ...]]:
    """What the log and delta-rs say in the same types: everything but the bounds of other columns than times."""
    return {
        path: (file.size_bytes, file.rows, dict(file.partition), dict(file.nulls), file.written_at, *bounds(file))
        for path, file in files.items()
    }


def bounds(file: DataFile) -> tuple[Any, ...]:
    return tuple((side.get(name)) for side in (file.lowest, file.highest) for name in TIMES)


def some_windows(chance: random.Random) -> dict[int, int]:
    return {number: chance.randrange(100) for number in chance.sample(range(30), chance.randrange(1, 5))}


def test_over_any_history_followed_files_are_the_listed_ones(lake: Lake, chance: random.Random) -> None:
    """Appended, replaced, compacted, checkpointed and cleaned; followed at every step or after several."""
    path, writer = lake.path(KPIS), lake.writer(KPIS)
    upkeep = Maintenance(lake, SystemClock(), Limits(compact_files=2, log_commits=1))
    live = LiveFiles(path)
    for progress in range(25):
        what = chance.choice(["append", "replace", "replace", "compact", "checkpoint"])
        if what == "append":
            writer.append(windows(some_windows(chance)), "app", progress, {})
        elif what == "replace":
            new = some_windows(chance)
            writer.replace(windows(new), [minute(number) for number in new], "app", progress, {})
        elif what == "compact":
            upkeep.compact(KPIS)
        else:
            upkeep.checkpoint(KPIS)
            upkeep.clean_log(KPIS)
        writer.reopen()
        if chance.random() < 0.7:
            for _ in live.advance():
                pass
            version, listed = files_at(path)
            assert live.version == version
            assert comparable(live.files) == comparable(listed)


def test_files_of_a_partitioned_table_are_followed_from_its_beginning(refined: Lake) -> None:
    live = LiveFiles(refined.path(SILVER), 0)
    assert live.files == {}
    for commit in live.advance():
        assert comparable(live.files) == comparable(files_at(refined.path(SILVER), commit.version)[1])
    assert live.version == refined.version(SILVER) > 1


def test_following_up_to_a_version_takes_the_upkeep_after_it_and_no_rows(refined: Lake) -> None:
    upkeep = Maintenance(refined, SystemClock(), Limits(compact_files=2))
    path, newest = refined.path(SILVER), refined.version(SILVER)
    assert upkeep.compact(SILVER)
    refined.writer(SILVER).append(refined.read(SILVER), "app", 1, {})
    live = LiveFiles(path, 0)
    assert [commit.version for commit in live.advance(newest)] == list(range(1, newest + 2))
    assert comparable(live.files) == comparable(files_at(path, newest + 1)[1])
    assert [commit.version for commit in live.advance(newest)] == []
    assert [commit.version for commit in live.advance()] == [newest + 2]


def test_bounds_hold_every_time_of_the_file_to_the_microsecond(refined: Lake, chance: random.Random) -> None:
    """Files are chosen by these bounds: one that is off by a rounding loses rows."""
    rows = refined.read(SILVER)
    moved = [time + timedelta(microseconds=chance.randrange(1_000)) for time in rows["event_time"].to_pylist()]
    index = rows.schema.get_field_index("event_time")
    writer = refined.writer(SILVER)
    writer.append(rows.set_column(index, "event_time", pa.array(moved, rows["event_time"].type)), "app", 1, {})
    Maintenance(refined, SystemClock(), Limits(compact_files=2)).checkpoint(SILVER)
    live = LiveFiles(refined.path(SILVER), 0)
    for _ in live.advance():
        pass
    for files in (live.files, files_at(refined.path(SILVER))[1]):
        for path, file in files.items():
            times = pq.read_table(refined.path(SILVER) / path, columns=["event_time"], partitioning=None)["event_time"]
            assert file.lowest["event_time"] <= pc.min(times).as_py().astimezone(UTC)
            assert pc.max(times).as_py().astimezone(UTC) <= file.highest["event_time"]


def test_overlapping_leaves_out_only_files_that_hold_nothing_of_the_range(lake: Lake, chance: random.Random) -> None:
    writer = lake.writer(KPIS)
    for progress in range(8):
        writer.append(windows(some_windows(chance)), "app", progress, {})
    live = LiveFiles(lake.path(KPIS))
    for _ in range(20):
        first, last = sorted(NOON + timedelta(seconds=chance.randrange(-60, 1_860)) for _ in range(2))
        chosen = {file.path for file in live.overlapping("window_start", first, last)}
        for path in live.files:
            times = pq.read_table(lake.path(KPIS) / path)["window_start"].to_pylist()
            assert path in chosen or not any(first <= time <= last for time in times)
            assert path not in chosen or (min(times) <= last and max(times) >= first)
