"""`rtl` with Spark, as a user runs it: refused, handed over, killed, and taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from faults.loads import assert_right, commit, drain, is_refined, shop, start_engine
from faults.programs import Program, Programs, until
from faults.test_failpoints import killed
from rtlakehouse.storage.assignment import engine_of
from rtlakehouse.storage.lake import Lake

# A JVM has to start, and the machine may do something else as well.
pytestmark = pytest.mark.timeout(900)

SPARK = {"spark_trigger_s": 0.1, "max_batch_events": 30, "log_level": "debug"}

# A JVM that has just started works through its first batch in half a minute where the machine is its own.
PATIENT_S = 240.0

IN_SPARK = [
    "before_silver_commit:1",
    "after_one_silver_sibling:1",
    "after_silver_commit:1",
    "after_silver_seal:2",
    "before_gold_commit:1",
    "after_one_gold_table:3",
    "after_gold_commit:2",
    "before_ledger_commit:1",
    "after_ledger_commit:1",
]


def drain_with_spark(programs: Programs, lake: Lake) -> None:
    """Run the engine of a lake of Spark until nothing of bronze waits."""
    engine = start_engine(programs, lake.root, SPARK, PATIENT_S)
    until(lambda: not engine.running or is_refined(lake), f"it does not get through bronze\n{engine.said[-2000:]}", PATIENT_S)
    engine.stop()


def test_spark_leaves_a_lake_of_the_other_engine_alone_and_names_the_command_that_hands_it_over(
    spark_options: Any, programs: Programs, root: Path
) -> None:
    lake = Lake.create(root)
    commit(lake, shop(seed=3, count=30)[0])
    drain(programs, lake)
    refused = programs.run("run", "--engine", "spark", lake=root)
    assert refused.code == 2
    assert "worked on by the embedded engine" in refused.said
    assert "rtl handover --to spark" in refused.said


@pytest.mark.long
def test_a_lake_goes_to_spark_and_back_by_a_command(spark_options: Any, programs: Programs, root: Path) -> None:
    lake = Lake.create(root)
    sent, _ = shop(seed=3, count=90)
    commit(lake, sent[:30])
    drain(programs, lake)
    handed = programs.run("handover", "--to", "spark", "--json", lake=root)
    assert handed.code == 0, handed.said
    assert json.loads(handed.printed)["from"] == "embedded"
    commit(lake, sent[:60])
    drain_with_spark(programs, lake)
    assert engine_of(lake) == "spark"

    back = programs.run("handover", "--to", "embedded", lake=root)
    assert back.code == 0, back.said
    commit(lake, sent)
    drain(programs, lake)
    assert_right(lake)


def kill_at(place: str, programs: Programs, lake: Lake) -> None:
    """Run Spark on what is in bronze until it is killed there."""
    assert_killed(programs.start("run", "--engine", "spark", lake=lake.root, settings=SPARK | {"failpoints": place}))


def assert_killed(program: Program, patience_s: float = PATIENT_S) -> None:
    """It dies of SIGKILL, as at a failpoint."""
    until(lambda: not program.running, f"`{program.command}` never passes the failpoint\n{program.said[-2000:]}", patience_s)
    assert killed(program), program.said[-3000:]


def test_a_killed_spark_is_succeeded_by_either_engine_at_once(spark_options: Any, programs: Programs, root: Path) -> None:
    lake = Lake.create(root)
    sent, _ = shop(seed=4, count=60)
    commit(lake, sent)
    kill_at("after_one_gold_table:2", programs, lake)
    handed = programs.run("handover", "--to", "embedded", lake=root)
    assert handed.code == 0, handed.said
    drain(programs, lake)
    assert_right(lake)


@pytest.mark.chaos
@pytest.mark.parametrize("place", IN_SPARK)
def test_spark_killed_there_goes_on_where_it_was(place: str, spark_options: Any, programs: Programs, root: Path) -> None:
    lake = Lake.create(root)
    sent, _ = shop(seed=len(place), count=60)
    commit(lake, sent)
    kill_at(place, programs, lake)
    drain_with_spark(programs, lake)
    assert_right(lake)
