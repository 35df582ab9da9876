"""What Spark raises is said with what to do about it: a file that is gone, a disk that refuses, a sum that cannot be done."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from contract.conftest import Start
from faults.loads import commit, shop
from rtlakehouse.errors import CorruptionError, EngineError, RtlError, WriteError
from rtlakehouse.storage.lake import Lake


def raised(what: str, do: Any) -> RtlError:
    """What becomes of the error that `do` ends with."""
    from rtlakehouse.engines.spark.failures import on_spark

    with pytest.raises(RtlError) as found, on_spark(what):
        do()
    return found.value


def test_what_cannot_be_computed_is_not_taken_for_a_disk_that_refuses(spark: Any) -> None:
    error = raised("The batch", lambda: spark.sql("select 1 div id from range(1)").collect())
    assert isinstance(error, EngineError)
    assert "The batch failed on Spark" in str(error)
    assert "by zero" in str(error).lower()
    assert "written" not in str(error)
    assert "\tat " not in str(error)


def test_a_file_of_bronze_that_is_gone_is_damage(start_spark: Start, tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    engine = start_spark(lake)
    sent, _ = shop(seed=1, count=5)
    commit(lake, sent)
    (gone,) = lake.path("bronze.events").glob("*.parquet")
    gone.rename(tmp_path / "away.parquet")
    with pytest.raises(CorruptionError, match="rtl doctor"):
        engine.step()
    assert lake.read("silver.events").num_rows == 0


def test_a_directory_that_cannot_be_made_is_a_disk_that_refuses(spark: Any, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    error = raised("The batch", lambda: spark.range(1).write.parquet(str(tmp_path / "taken" / "files")))
    assert "could not be written" in str(error)


@pytest.mark.parametrize(
    ("number", "kind", "fix"), [(errno.ENOSPC, WriteError, "Free some disk"), (errno.ENOENT, CorruptionError, "rtl doctor")]
)
def test_what_a_disk_refuses_in_a_task_is_said_as_where_it_does_here(spark: Any, number: int, kind: type, fix: str) -> None:
    def refuse(_: Any) -> Any:
        raise OSError(number, os.strerror(number), "/lake/part")

    error = raised("The batch", lambda: spark.range(1).mapInArrow(refuse, "a int").collect())
    assert isinstance(error, kind)
    assert f"{os.strerror(number)}: '/lake/part'" in str(error)
    assert fix in str(error)
    assert "Traceback" not in str(error)


def test_a_file_of_silver_that_is_gone_is_damage(start_spark: Start, tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    engine = start_spark(lake)
    sent, _ = shop(seed=1, count=10)
    commit(lake, sent[:5])
    engine.step()
    for gone in lake.path("silver.events").rglob("*.parquet"):
        gone.unlink()
    commit(lake, sent)
    with pytest.raises(CorruptionError, match="rtl doctor"):
        engine.step()


def test_what_an_engine_that_was_killed_has_staged_is_cleared_away(start_spark: Start, tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    left = lake.control / "spark" / "staged" / "half"
    left.mkdir(parents=True)
    start_spark(lake)
    assert not left.exists()


def test_java_has_room_for_what_it_compiles_in_hours_of_work(spark: Any) -> None:
    pools = spark._jvm.java.lang.management.ManagementFactory.getMemoryPoolMXBeans()
    room_mb = sum(pool.getUsage().getMax() >> 20 for pool in pools if "Code" in pool.getName())
    assert room_mb >= 200
