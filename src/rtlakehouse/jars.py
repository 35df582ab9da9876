"""Jars of the Java world, fetched by name into the user's cache: no Maven is needed.

What is fetched together has a folder of its own, which gets its name when all of it is there: nobody runs what a crash has left
half there. Processes take turns, by a lock on a file beside the folder that the kernel lets go of when its holder dies.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from rtlakehouse.errors import SourceError
from rtlakehouse.storage.durable import sync_paths

__all__ = ["MAVEN_CENTRAL", "fetch_jars"]

log = structlog.get_logger(__name__)

MAVEN_CENTRAL = "https://repo.maven.apache.org/maven2"


def fetch_jars(
    artifacts: Sequence[str], cache: Path, *, present: Collection[str] = (), repository: str = MAVEN_CENTRAL
) -> list[Path]:
    """The jars of these artifacts (`group:name:version`) and of all they need, in versions that fit together; fetched once.

    present: names of artifacts that are there already, in whatever version. While another process fetches the same it is waited
    for, which is logged, and what it fetched is taken. Raises SourceError where they cannot be had: then start again.
    """
    folder = cache / "jars" / "_with_".join(artifact.partition(":")[2].replace(":", "-") for artifact in artifacts)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(folder.with_name(f"{folder.name}.lock"), artifacts):
            if not folder.exists():
                _fill(folder, artifacts, present, repository)
    return sorted(folder.rglob("*.jar"))


@contextmanager
def _alone(path: Path, artifacts: Sequence[str]) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("another process fetches the same jars and is waited for", artifacts=list(artifacts))
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _fill(folder: Path, artifacts: Sequence[str], present: Collection[str], repository: str) -> None:
    """Fetch into a folder of another name, which nobody else uses, and give it its own once all is durable."""
    part = folder.with_name(f"{folder.name}.part")
    try:
        if part.exists():
            shutil.rmtree(part)
        _download(artifacts, present, part, repository)
        sync_paths([part, *part.rglob("*")])
        part.rename(folder)
        sync_paths([folder.parent])
    except (OSError, RuntimeError, ValueError) as error:
        fix = "See that Maven Central can be reached, and start again"
        raise SourceError(f"The jars of {', '.join(artifacts)} cannot be fetched: {error}. {fix}.") from error


def _download(artifacts: Sequence[str], present: Collection[str], folder: Path, repository: str) -> None:
    from jgo.maven import MavenContext, PythonResolver

    context = MavenContext(PythonResolver(), folder, remote_repos={"central": repository})
    inputs, needed = context.resolver.resolve([context.create_dependency(artifact) for artifact in artifacts])
    for dependency in [*inputs, *(dependency for dependency in needed if dependency.artifactId not in present)]:
        dependency.artifact.resolve()
