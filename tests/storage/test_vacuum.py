"""What vacuum leaves: all that any version needs which can still be read, and nothing of those that cannot."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta

import pytest

from faults.loads import commit, shop
from faults.programs import until
from rtlakehouse.clock import ManualClock
from rtlakehouse.errors import CorruptionError
from rtlakehouse.pipeline import Pipeline
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import log_dir
from rtlakehouse.storage.maintenance import Limits, Maintenance
from rtlakehouse.storage.snapshots import Snapshots
from running import broken, engine_on
from storage.rows import BRONZE, KPIS, counts
from storage.test_leases import is_whole, replace_all

HOUR = timedelta(hours=1)
WEEK = Limits(compact_files=3, log_commits=5, history_step=timedelta(minutes=10), retention=timedelta(days=7))


def test_every_version_that_can_be_read_is_whole_and_no_file_is_left_of_the_others(lake: Lake, chance: random.Random) -> None:
    """Files and checkpoints have the times that they would have in a lake that gets a version every two minutes."""
    clock = ManualClock(datetime.now(UTC))
    upkeep = Maintenance(lake, clock, WEEK)
    for events in range(1, 60):
        version = replace_all(lake, events)
        if chance.random() < 0.5:
            upkeep.checkpoint(KPIS)
            upkeep.clean_log(KPIS)
        written = clock.now().timestamp()
        for path in (*lake.files(KPIS), f"_delta_log/{version:020d}.checkpoint.parquet"):
            if (lake.path(KPIS) / path).exists():
                os.utime(lake.path(KPIS) / path, (written, written))
        clock.advance(timedelta(minutes=2))
    upkeep.vacuum(KPIS)
    readable = lake.versions(KPIS)
    assert len(readable) < 50
    assert all(is_whole(lake, version) for version in readable)
    there = {path.name for path in lake.path(KPIS).glob("*.parquet")}
    assert len(there) > len(needed := {path for version in readable for path in lake.files(KPIS, version)})
    clock.advance(2 * HOUR)
    upkeep.vacuum(KPIS)
    assert {path.name for path in lake.path(KPIS).glob("*.parquet")} == needed
    assert all(counts(lake, version) == {0: version} for version in readable if version)


def test_a_file_that_is_about_to_be_committed_is_left_alone(lake: Lake) -> None:
    replace_all(lake, 1)
    clock = ManualClock(datetime.now(UTC))
    upkeep = Maintenance(lake, clock, WEEK)
    coming = lake.path(KPIS) / "part-of-the-next-commit.parquet"
    coming.write_bytes(b"")
    upkeep.vacuum(KPIS, retention=timedelta(0))
    assert coming.exists()
    clock.advance(2 * HOUR)
    upkeep.vacuum(KPIS, retention=timedelta(0))
    assert not coming.exists()
    assert counts(lake) == {0: 1}


def test_nothing_is_deleted_where_the_log_has_a_hole(lake: Lake) -> None:
    for events in range(1, 5):
        replace_all(lake, events)
    (log_dir(lake.path(KPIS)) / f"{3:020d}.json").unlink()
    there = sorted(lake.path(KPIS).glob("*.parquet"))
    with pytest.raises(CorruptionError, match="lacks version 3"):
        Maintenance(lake, ManualClock(datetime.now(UTC) + 3 * HOUR), WEEK).vacuum(KPIS, retention=timedelta(0))
    assert sorted(lake.path(KPIS).glob("*.parquet")) == there


def test_a_lake_that_never_rests_vacuums_and_writes_snapshots(lake: Lake) -> None:
    """A batch waits at every turn."""
    sent, _ = shop(seed=5, count=60)
    # It stays behind the time of files that are written now: vacuum works beside whoever is about to commit them.
    clock = ManualClock(datetime.now(UTC) - 6 * HOUR)
    engine = engine_on(lake)
    upkeep, snapshots = Maintenance(lake, clock, Limits(compact_files=3)), Snapshots(lake, clock, HOUR, keep=3)
    pipeline = Pipeline(lake, engine, clock, upkeep, snapshots)
    pipeline.recover()
    left = lake.path(BRONZE) / "part-of-nothing.parquet"
    left.write_bytes(b"")
    os.utime(left, (long_ago := (clock.now() - 2 * HOUR).timestamp(), long_ago))
    for count in range(1, 60):
        commit(lake, sent[:count], size=1)
        assert pipeline.engine.done < lake.version(BRONZE)
        pipeline.turn()
        clock.advance(timedelta(minutes=5))
    pipeline.drain()
    assert not left.exists()
    written = snapshots.manifests()
    assert len(written) == 3
    for manifest in written:
        assert manifest["versions"][KPIS] in lake.versions(KPIS)
    assert broken(lake) == []
    engine.close()


class LongJob:
    """One of which a step is always left."""

    def __init__(self) -> None:
        self.is_asked_for = True

    def is_due(self) -> bool:
        return self.is_asked_for

    def advance(self) -> None:
        """Its files are there already."""


def test_what_a_job_of_hours_has_written_stays_until_it_is_done(lake: Lake) -> None:
    clock, job = ManualClock(datetime.now(UTC)), LongJob()
    engine = engine_on(lake)
    pipeline = Pipeline(lake, engine, clock, Maintenance(lake, clock, WEEK), lane=job)
    written = lake.path(KPIS) / "part-of-a-backfill.parquet"
    written.write_bytes(b"")
    for _ in range(20):
        clock.advance(HOUR)
        pipeline.turn()
        pipeline.drain()
    assert written.exists()
    job.is_asked_for = False

    def is_vacuumed() -> bool:
        pipeline.turn()
        return not written.exists()

    until(is_vacuumed, "it is not vacuumed")
    pipeline.drain()
    engine.close()
