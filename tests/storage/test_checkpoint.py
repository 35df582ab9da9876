"""The checkpoint of a streaming query: kept where it says what the lake says, begun anew where it says anything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rtlakehouse.errors import CorruptionError
from rtlakehouse.storage.checkpoint import Checkpoint
from rtlakehouse.storage.doctor import diagnose
from rtlakehouse.storage.lake import Lake

OWNER = {"lake": "a", "topic": "t"}
TOPIC = "events"


def write_batch(checkpoint: Checkpoint, batch: int, ends: dict[int, int], *, done: bool = True) -> None:
    """What Spark writes of a batch: first where it ends, and once it is through that it is."""
    for folder in ("offsets", "commits"):
        (checkpoint.folder / folder).mkdir(exist_ok=True)
    said = json.dumps({TOPIC: {str(partition): end for partition, end in ends.items()}})
    (checkpoint.folder / "offsets" / str(batch)).write_text(f'v1\n{{"batchTimestampMs":1}}\n{said}')
    if done:
        (checkpoint.folder / "commits" / str(batch)).write_text('v1\n{"nextBatchWatermarkMs":0}')


@pytest.fixture
def checkpoint(lake: Lake) -> Checkpoint:
    """One whose second batch ended at 7 and 9."""
    found = Checkpoint.of(lake)
    assert not found.begin(OWNER, TOPIC, {0: 0, 1: 0})
    write_batch(found, 0, {0: 3, 1: 4})
    write_batch(found, 1, {0: 7, 1: 9})
    return found


def test_one_that_stands_where_the_lake_stands_is_kept(checkpoint: Checkpoint) -> None:
    assert checkpoint.begin(OWNER, TOPIC, {0: 7, 1: 9})
    assert checkpoint.ends(1, TOPIC) == {0: 7, 1: 9}


@pytest.mark.parametrize(
    "positions", [{0: 7, 1: 8}, {0: 7, 1: 10}, {0: 7}, {0: 7, 1: 9, 2: 0}], ids=["behind", "ahead", "fewer", "more"]
)
def test_one_that_stands_anywhere_else_is_begun_anew(positions: dict[int, int], checkpoint: Checkpoint) -> None:
    assert not checkpoint.begin(OWNER, TOPIC, positions)
    assert [path.name for path in checkpoint.folder.iterdir()] == ["owner.json"]


@pytest.mark.parametrize("owner", [{"lake": "b", "topic": "t"}, {"lake": "a", "topic": "u"}])
def test_that_of_another_lake_or_topic_is_begun_anew(owner: dict[str, str], checkpoint: Checkpoint) -> None:
    assert not checkpoint.begin(owner, TOPIC, {0: 7, 1: 9})


def test_one_that_a_crash_has_left_in_a_batch_is_begun_anew(checkpoint: Checkpoint) -> None:
    write_batch(checkpoint, 2, {0: 8, 1: 9}, done=False)
    assert not checkpoint.begin(OWNER, TOPIC, {0: 8, 1: 9})


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


@pytest.mark.parametrize("damage", [cut_short, Path.unlink, lambda path: path.write_text("")])
@pytest.mark.parametrize("file", ["owner.json", "offsets/1"])
def test_a_damaged_one_is_begun_anew(damage: Callable[[Path], object], file: str, checkpoint: Checkpoint) -> None:
    damage(checkpoint.folder / file)
    assert not checkpoint.begin(OWNER, TOPIC, {0: 7, 1: 9})


def test_a_batch_that_it_does_not_know_is_an_error_that_says_what_to_do(checkpoint: Checkpoint) -> None:
    with pytest.raises(CorruptionError, match="begun anew"):
        checkpoint.ends(2, TOPIC)


def test_doctor_says_where_it_is_how_old_and_how_large(checkpoint: Checkpoint, lake: Lake) -> None:
    (said,) = [found.what for found in diagnose(lake.root) if "checkpoint" in found.what]
    assert str(checkpoint.folder) in said
    assert "KiB" in said
    assert str(checkpoint.made)[:10] in said


def test_a_lake_that_never_had_one_has_none(lake: Lake) -> None:
    assert Checkpoint.of(lake).made is None
    assert not [found for found in diagnose(lake.root) if "checkpoint" in found.what]
