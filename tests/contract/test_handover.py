"""One lake, two engines, one after the other: each goes on exactly where the other stopped, however it stopped."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from contract.conftest import Start
from faults.loads import HURRIED, assert_right, commit, shop
from faults.programs import Programs
from faults.test_failpoints import killed
from rtlakehouse.clock import SystemClock
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits, Maintenance
from running import drain, engine_on


def gather_small_files(lake: Lake) -> None:
    """Upkeep of every table, whichever engine wrote it."""
    upkeep = Maintenance(lake, SystemClock(), Limits(compact_files=2))
    for table in upkeep.tables:
        upkeep.run(table)
        upkeep.vacuum(table, retention=timedelta(0))


def test_engines_take_turns_with_nothing_lost_or_doubled(start_spark: Start, root: Path) -> None:
    lake = Lake.create(root)
    sent, _ = shop(seed=11, count=240)
    for turn, engine in zip(range(60, 241, 60), itertools.cycle((engine_on, start_spark)), strict=False):
        commit(lake, sent[:turn], size=20)
        drain(engine(lake, max_batch_events=60))
        gather_small_files(lake)
    assert_right(lake)


@pytest.mark.parametrize(
    "place",
    ["after_one_silver_sibling:4", "after_silver_seal:2", "after_one_gold_table:6"],
)
def test_what_a_killed_embedded_engine_left_half_done_spark_finishes(
    place: str, start_spark: Start, programs: Programs, root: Path
) -> None:
    lake = Lake.create(root)
    sent, _ = shop(seed=len(place), count=60)
    commit(lake, sent, size=20)
    engine = programs.start("run", lake=root, settings=HURRIED | {"maintenance": False, "failpoints": place})
    assert killed(engine), engine.said
    mended = Lake.create(root)
    drain(start_spark(mended))
    assert_right(mended)
