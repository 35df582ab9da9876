"""Engines by name: what a machine lacks is said with what brings it, and a lake is nobody's until an engine has started."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rtlakehouse.assembly import make_pipeline
from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import UsageError
from rtlakehouse.settings import load_settings
from rtlakehouse.storage.assignment import engine_of
from rtlakehouse.storage.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def test_spark_without_its_extra_is_refused_with_the_commands_that_install_it(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(UsageError, match=r"needs pyspark: `pip install 'rtlakehouse\[spark\]'`, or `make spark`"):
        make_pipeline(load_settings(engine="spark"), lake, SystemClock())
    assert engine_of(lake) is None


def test_spark_without_java_is_refused_and_the_lake_stays_free(lake: Lake, tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="There is no pyspark; install it: make spark")
    with pytest.raises(UsageError, match=r"Spark needs Java 17.*apt-get install openjdk-17-jre-headless"):
        make_pipeline(load_settings(engine="spark", java_home=tmp_path), lake, SystemClock())
    assert engine_of(lake) is None


def test_an_engine_that_has_started_has_the_lake(lake: Lake) -> None:
    make_pipeline(load_settings(engine="embedded"), lake, SystemClock())
    assert engine_of(lake) == "embedded"
    with pytest.raises(UsageError, match="rtl handover --to spark"):
        make_pipeline(load_settings(engine="spark"), lake, SystemClock())
