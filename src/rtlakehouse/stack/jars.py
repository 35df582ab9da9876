"""Jars of the Java world, fetched by name into the user's cache: no Maven is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rtlakehouse.errors import SourceError

__all__ = ["fetch_jars"]


def fetch_jars(artifacts: Sequence[str], cache: Path) -> list[Path]:
    """The jars of these artifacts (`group:name:version`) and of all they need; fetched once.

    Each is resolved by itself: what one asks for must not change the versions that another was tested with. Raises SourceError
    where they cannot be had.
    """
    import jgo

    try:
        return [Path(jar) for artifact in artifacts for jar in jgo.build(artifact, cache_dir=cache / "jars").all_jars]
    except (OSError, RuntimeError, ValueError) as error:
        raise SourceError(f"{artifacts[0]} cannot be fetched: {error}. Is there a way to Maven Central?") from error
