"""What Spark raises is said with what to do about it: a file that is gone, a disk that refuses, a sum that cannot be done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract.conftest import Start
from faults.loads import commit, shop
from rtlakehouse.errors import CorruptionError, EngineError, RtlError
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
