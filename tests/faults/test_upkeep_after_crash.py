"""Upkeep by hand on a lake that a crash left in the middle of a batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.loads import HURRIED, assert_right, commit, drain, lines, received, shop
from faults.programs import Programs
from rtlakehouse.clock import SystemClock
from rtlakehouse.ingest.files import open_file
from rtlakehouse.storage.lake import Lake

UPKEEP = (("optimize",), ("vacuum", "--retention-hours", "0"), ("snapshot",))


def fill(lake: Lake, file: Path, sent: list[bytes], chunk: int) -> None:
    for _ in open_file(lines(file, sent), "default", None, received_now=False).replay(lake, SystemClock(), chunk):
        pass


@pytest.mark.parametrize("where", ["after_silver_commit:3", "after_one_gold_table:10"])
def test_upkeep_does_not_blur_a_half_done_batch(where: str, programs: Programs, root: Path, tmp_path: Path) -> None:
    sent, _ = shop(seed=11, count=100)
    lake = Lake.create(root)
    fill(lake, tmp_path / "sent.jsonl", sent, 10)
    settings = HURRIED | {"failpoints": where, "maintenance": "false"}
    assert programs.run("run", lake=root, settings=settings).code == -9
    for command in UPKEEP:
        done = programs.run(*command, lake=root)
        assert done.code == 0, done.said
    drain(programs, lake)
    assert [record.raw for record in received(lake)] == sent
    assert_right(lake)


def test_upkeep_keeps_what_the_engine_has_not_read_yet(programs: Programs, root: Path) -> None:
    """More commits wait than the log keeps one by one, their small files are gathered, and files no longer referenced deleted."""
    sent, _ = shop(seed=12, count=180)
    lake = Lake.create(root)
    commit(lake, sent[:10], size=1)
    drain(programs, lake)
    commit(lake, sent[:70], size=1)
    few = {"log_commits": 100}
    assert programs.run("checkpoint", "bronze.events", lake=root, settings=few).code == 0
    commit(lake, sent, size=1)
    for command in ("optimize", "checkpoint", "vacuum"):
        hours = ("--retention-hours", "0") if command == "vacuum" else ()
        done = programs.run(command, "bronze.events", *hours, lake=root, settings=few)
        assert done.code == 0, done.said
    drain(programs, lake)
    assert [record.raw for record in received(lake)] == sent
    assert_right(lake)
