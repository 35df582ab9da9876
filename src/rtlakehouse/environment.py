"""The environment of this process but for the settings: what its children are given, and where its user's files are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["child_environment", "choose_allocator", "environment_key", "set_environment", "user_cache", "user_data"]


def child_environment() -> dict[str, str]:
    """The environment for a process that this one starts: the same settings."""
    return dict(os.environ)


def environment_key() -> str | None:
    """The API key of the environment, RTL_API_KEY; None where there is none."""
    return os.environ.get("RTL_API_KEY") or None


def set_environment(**variables: str) -> None:
    """Set variables of this process, for libraries that take what they need from nowhere else."""
    os.environ.update(variables)


def choose_allocator() -> None:
    """Have Arrow take its memory from jemalloc where its wheels bring that, unless the environment says otherwise.

    It gives back what a burst has needed; Arrow's own choice, mimalloc, keeps it: an engine that has loaded ten million ids holds
    640 instead of 860 MB. Call it before pyarrow is imported; processes started later inherit it.
    """
    if sys.platform == "linux":
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")


def user_cache() -> Path:
    """Where this user's programs keep what they can fetch again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rtlakehouse"


def user_data() -> Path:
    """Where this user's programs keep what they cannot fetch again."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "rtlakehouse"
