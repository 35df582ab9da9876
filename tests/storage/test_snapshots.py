"""Parquet snapshots: what the manifest says is what is there, whole or not at all, and no more than are kept."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pyarrow.parquet as pq
import pytest

from rtlakehouse.clock import ManualClock
from rtlakehouse.medallion.graph import GOLD, TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.seals import hash_file
from rtlakehouse.storage.snapshots import MANIFEST, Snapshots
from storage.rows import KPIS, windows

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 24, 12, tzinfo=UTC))


def snapshots_of(lake: Lake, clock: ManualClock, keep: int = 3) -> Snapshots:
    return Snapshots(lake, clock, HOUR, keep)


def change_gold(lake: Lake, number: int) -> None:
    writer = lake.writer(KPIS)
    writer.seal(writer.append(windows({number: 1}), "app", number, {}))


def assert_whole(folder: Path) -> None:
    """Every file of the manifest is there with its rows and its hash, and no other."""
    manifest = json.loads((folder / MANIFEST).read_text())
    assert {path.name for path in folder.iterdir()} == {*manifest["files"], MANIFEST}
    for name, said in manifest["files"].items():
        seal = hash_file(folder / name)
        assert (pq.read_metadata(folder / name).num_rows, seal.size_bytes, seal.blake2b) == (
            said["rows"],
            said["bytes"],
            said["blake2b"],
        )


def test_a_snapshot_holds_gold_at_the_versions_it_names(refined: Lake, clock: ManualClock) -> None:
    written = snapshots_of(refined, clock).write()
    assert written.folder == refined.root / "snapshots" / "20261124T120000.000000Z"
    assert written.manifest["written_at"] == "2026-11-24T12:00:00Z"
    assert_whole(written.folder)
    change_gold(refined, 1)
    for table in GOLD:
        version = written.manifest["versions"][table.name]
        kept = TABLES[table.name].conform(pq.read_table(written.folder / f"{table.short_name}.parquet"))
        then = refined.read(table.name, version).sort_by([(name, "ascending") for name in table.key])
        assert kept.equals(then)
        assert kept.num_rows == written.manifest["files"][f"{table.short_name}.parquet"]["rows"] > 0


def test_latest_leads_to_the_newest_and_the_oldest_are_pruned(lake: Lake, clock: ManualClock) -> None:
    snapshots = snapshots_of(lake, clock, keep=2)
    folders = []
    for number in range(4):
        change_gold(lake, number)
        folders.append(snapshots.write().folder)
        clock.advance(HOUR)
        assert (lake.root / "snapshots" / "latest").resolve() == folders[-1]
    assert [manifest["name"] for manifest in snapshots.manifests()] == [folder.name for folder in folders[2:]]
    assert {path.name for path in (lake.root / "snapshots").iterdir()} == {*(f.name for f in folders[2:]), "latest"}


def test_one_is_due_when_gold_has_changed_and_the_newest_is_old_enough(lake: Lake, clock: ManualClock) -> None:
    snapshots = snapshots_of(lake, clock)
    assert snapshots.write_if_due() is None
    change_gold(lake, 0)
    assert snapshots.write_if_due() is not None
    change_gold(lake, 1)
    assert snapshots.write_if_due() is None
    clock.advance(HOUR)
    assert snapshots.write_if_due() is not None
    clock.advance(HOUR)
    assert snapshots.write_if_due() is None
    assert Snapshots(lake, clock, timedelta(0), 3).write_if_due() is None


def test_whoever_reads_meanwhile_sees_only_whole_ones(lake: Lake, clock: ManualClock) -> None:
    snapshots = snapshots_of(lake, clock, keep=1_000)
    done = Event()
    seen: list[int] = []

    def read() -> None:
        while not done.is_set():
            found = snapshots.manifests()
            for manifest in found[-2:]:
                assert_whole(lake.root / "snapshots" / manifest["name"])
            seen.append(len(found))

    reader = Thread(target=read)
    reader.start()
    for number in range(7):
        change_gold(lake, number)
        snapshots.write()
        clock.advance(HOUR)
    done.set()
    reader.join()
    assert seen == sorted(seen)
    assert seen[-1] > 0


KILLED = """
import sys
from datetime import timedelta
from pathlib import Path
from rtlakehouse.clock import SystemClock
from rtlakehouse.failpoints import arm
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.snapshots import Snapshots
arm(sys.argv[2])
Snapshots(Lake.open(Path(sys.argv[1])), SystemClock(), timedelta(hours=1), 3).write()
"""


@pytest.mark.parametrize(("where", "visible"), [("before_snapshot_publish", 1), ("after_snapshot_publish", 2)])
def test_a_snapshot_whose_writer_was_killed_is_whole_or_not_there(
    where: str, visible: int, lake: Lake, clock: ManualClock
) -> None:
    snapshots = snapshots_of(lake, clock)
    change_gold(lake, 0)
    before = snapshots.write().folder
    killed = subprocess.run([sys.executable, "-c", KILLED, str(lake.root), where], check=False)
    assert killed.returncode == -signal.SIGKILL
    names = [manifest["name"] for manifest in snapshots.manifests()]
    assert (len(names), names[0]) == (visible, before.name)
    for name in names:
        assert_whole(lake.root / "snapshots" / name)
    clock.advance(HOUR)
    snapshots.write()
    assert not list((lake.root / "snapshots").glob("*.unfinished"))


def test_one_that_was_half_deleted_when_its_writer_was_killed_is_none(
    lake: Lake, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders are deleted file by file: one goes out of sight before the first file does."""
    snapshots = snapshots_of(lake, clock, keep=1)
    snapshots.write()
    change_gold(lake, 0)
    clock.advance(HOUR)
    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", _stop_after_the_manifest)
        with pytest.raises(KeyboardInterrupt):
            snapshots.write()
    (manifest,) = snapshots.manifests()
    assert_whole(lake.root / "snapshots" / manifest["name"])
    clock.advance(HOUR)
    change_gold(lake, 1)
    assert snapshots.write_if_due() is not None
    assert len(list((lake.root / "snapshots").iterdir())) == 2


def _stop_after_the_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()
    raise KeyboardInterrupt
