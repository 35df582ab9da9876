"""What was acknowledged survives a power cut: it was synced, in the right order, together with what it stands on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from faults.loads import commit, shop
from rtlakehouse.clock import SystemClock
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.durable import write_atomically
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import Commit, commit_path, log_dir, read_commit
from rtlakehouse.storage.maintenance import Limits, Maintenance
from running import drain, engine_on
from storage.rows import BRONZE, append, numbered, positions
from storage.syncing import Synced, recorded


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> Iterator[Synced]:
    with recorded(monkeypatch) as found:
        yield found


def entries(lake: Lake, table: str, commit: Commit) -> tuple[list[Path], list[Path]]:
    """A commit's data files with the folders that name them, and its log entry with the log."""
    path = lake.path(table)
    files = [path / file.path for file in commit.adds]
    return [*files, *{file.parent for file in files}, path], [commit_path(path, commit.version), log_dir(path)]


def test_a_commit_is_durable_once_it_is_sealed(lake: Lake, synced: Synced) -> None:
    writer = lake.writer(BRONZE)
    commit = writer.append(numbered(0), "app", 1, {})
    data, log = entries(lake, BRONZE, commit)
    assert not set(synced.paths) & {*data, *log}
    writer.seal(commit)
    assert set(synced.paths) >= {*data, *log}
    assert max(map(synced.paths.index, data)) < synced.paths.index(log[0])


def test_a_new_lake_is_durable(tmp_path: Path, synced: Synced) -> None:
    """Of a table without its first log entry nothing that is added later could be read."""
    lake = Lake.create(tmp_path / "lake")
    for table in TABLES:
        path = lake.path(table)
        assert {commit_path(path, 0), log_dir(path), path, path.parent, lake.root, lake.root.parent} <= set(synced.paths)


def test_every_stage_is_durable_before_the_next_one_says_so(lake: Lake, synced: Synced) -> None:
    sent, _ = shop(seed=51, count=40)
    commit(lake, sent)
    engine = engine_on(lake)
    drain(engine)
    engine.close()
    stages = [[n for n in TABLES if n.startswith(layer) and lake.version(n)] for layer in ("bronze", "silver", "gold", "ops")]
    order = [[synced.paths.index(commit_path(lake.path(name), lake.version(name))) for name in names] for names in stages]
    for earlier, later in pairwise(order):
        assert max(earlier) < min(later)


def test_a_compaction_is_durable_when_it_is_reported(lake: Lake, synced: Synced) -> None:
    for position in range(3):
        append(lake, position)
    assert Maintenance(lake, SystemClock(), Limits(compact_files=2)).compact(BRONZE)
    found = read_commit(lake.path(BRONZE), 4)
    assert found is not None
    assert not found.data_change
    data, log = entries(lake, BRONZE, found)
    assert set(synced.paths) >= {*data, *log}


def test_a_checkpoint_is_durable_before_log_entries_go(lake: Lake, synced: Synced) -> None:
    for position in range(3):
        append(lake, position)
    Maintenance(lake, SystemClock(), Limits()).checkpoint(BRONZE)
    log = log_dir(lake.path(BRONZE))
    made = log / f"{3:020d}.checkpoint.parquet"
    assert {made, log / "_last_checkpoint", log} <= set(synced.paths)


def test_a_checkpoint_stands_on_commits_that_are_durable(lake: Lake, synced: Synced) -> None:
    """Batches and posts go on beside it: the newest commit may not have been synced yet."""
    writer = lake.writer(BRONZE)
    commits = [writer.append(numbered(position), "app", position, {}) for position in range(3)]
    Maintenance(lake, SystemClock(), Limits()).checkpoint(BRONZE)
    made = synced.paths.index(log_dir(lake.path(BRONZE)) / f"{3:020d}.checkpoint.parquet")
    for added in commits:
        data, log = entries(lake, BRONZE, added)
        assert max(map(synced.paths.index, [*data, *log])) < made


@pytest.mark.parametrize("run", range(5))
def test_a_power_cut_at_any_moment_takes_nothing_that_was_acknowledged(
    run: int, tmp_path: Path, synced: Synced, chance: random.Random
) -> None:
    """Several processes write bronze, and the engine compacts and checkpoints it: what one syncs stands on what others wrote."""
    lake = Lake.create(tmp_path / "lake")
    writers = [lake.writer(BRONZE) for _ in range(3)]
    under_way: dict[int, Commit] = {}
    written, acknowledged = 0, set[int]()
    for _ in range(chance.randrange(1, 14)):
        one = chance.randrange(5)
        if one == 3:
            Maintenance(lake, SystemClock(), Limits(compact_files=2)).compact(BRONZE)
        elif one == 4:
            Maintenance(lake, SystemClock(), Limits()).checkpoint(BRONZE)
        elif one in under_way:
            sealed = under_way.pop(one)
            writers[one].seal(sealed)
            acknowledged.add(sealed.metadata["position"])
        else:
            under_way[one] = writers[one].append(numbered(written), f"app {one}", written, {"position": written})
            written += 1
    synced.cut_power(lake.root, chance)
    again = Lake.create(lake.root)
    found = positions(again)
    assert acknowledged <= set(found) <= set(range(written))
    assert len(found) == len(set(found))
    append(again, written)
    assert positions(again) == [*found, written]


def test_a_control_file_is_the_old_or_the_new_whole(tmp_path: Path, synced: Synced, chance: random.Random) -> None:
    path = tmp_path / "control.json"
    for content in (b"old", b"new"):
        write_atomically(path, content)
        synced.cut_power(tmp_path, chance)
        assert path.read_bytes() == content
    assert tmp_path in synced.paths
