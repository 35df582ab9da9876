"""The jars of Spark: given in a folder, kept from an earlier time, or known not to fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlakehouse.engines.spark.jars import PAIRS, jars_in, pair_of, resolved
from rtlakehouse.errors import SourceError, UsageError


def test_a_folder_of_jars_is_taken_as_it_is(tmp_path: Path) -> None:
    for name in ("b.jar", "a.jar", "readme.txt"):
        (tmp_path / name).touch()
    assert [jar.name for jar in jars_in(tmp_path)] == ["a.jar", "b.jar"]


def test_a_folder_without_jars_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="spark_jars"):
        jars_in(tmp_path)


def test_a_spark_that_nobody_tested_is_refused() -> None:
    with pytest.raises(UsageError, match=r"pyspark 4\.1\.0.*4\.2\.0, 3\.5\.1.*rtlakehouse\[spark\]"):
        pair_of("4.1.0")


def test_jars_that_cannot_be_fetched_are_an_error_that_names_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing listens there.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(SourceError, match=r"delta-spark.* cannot be fetched: .*`spark_jars`"):
        resolved(PAIRS["4.2.0"], tmp_path, tmp_path)
