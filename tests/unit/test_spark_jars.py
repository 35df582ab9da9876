"""The jars of Spark: given in a folder, kept from an earlier time, or known not to fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlakehouse.engines.spark.jars import PAIRS, jars_in, pair_of, resolved
from rtlakehouse.errors import UsageError


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


def test_jars_that_were_fetched_before_are_not_asked_for_again(tmp_path: Path) -> None:
    jar = tmp_path / "jars" / "delta.jar"
    jar.parent.mkdir()
    jar.touch()
    (tmp_path / "jars" / "spark-4.2.0.txt").write_text(str(jar))
    assert resolved(PAIRS["4.2.0"], tmp_path, tmp_path) == [jar]
