"""Making things survive a power cut: delta-rs and Python leave that to whoever promises it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from deltalake.exceptions import DeltaError

from rtlakehouse.errors import CorruptionError, RtlError, WriteError
from rtlakehouse.storage.log import Commit, commit_path, log_dir, read_commit

__all__ = ["UNSETTLED", "failure", "sync_commit", "sync_commits", "sync_paths", "write_atomically", "write_whole", "writing"]

# How many of a log's last commits may not be durable yet: a writer has one such at a time, and few write a table at once.
UNSETTLED = 8

_FULL = (errno.ENOSPC, errno.EDQUOT)
# Delta-rs writes the causes of an error below it, each with a coloured arrow.
_ARROW = re.compile(r"\s*(?:\x1b\[\d+m)?\u21b3(?:\x1b\[\d+m)?\s*")


def sync_paths(paths: Iterable[Path]) -> None:
    """fsync each file or directory. An OSError means that durability is unknown: stop, never try again and acknowledge."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_commit(table: Path, commit: Commit) -> None:
    """Make a version durable: its new data files, the directories that name them, its log entry and the log itself."""
    files = [table / file.path for file in commit.adds]
    folders = {file.parent for file in files}
    if folders - {table}:
        folders.add(table)
    sync_paths([*files, *folders, commit_path(table, commit.version), log_dir(table)])


def sync_commits(table: Path, after: int, commit: Commit) -> None:
    """Make a version durable, and those above `after` before it, whoever made them: with a torn one below it, it cannot be read.

    Files of earlier versions that a later one has removed may be gone by now.
    """
    for version in range(max(after + 1, commit.version - UNSETTLED, 0), commit.version):
        if (earlier := read_commit(table, version)) is not None:
            there = tuple(file for file in earlier.adds if (table / file.path).exists())
            sync_commit(table, replace(earlier, adds=there))
    sync_commit(table, commit)


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file so that after any crash it holds the old bytes or the new ones, whole."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_paths([path.parent])


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file so that readers see the old bytes or the new ones, whole. It need not survive a power cut."""
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(data)
    temporary.replace(path)


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Turn what delta-rs or the disk raises inside the block into an error that says the fix: see `failure`."""
    try:
        yield
    except (DeltaError, OSError) as error:
        raise failure(what, error) from error


def failure(what: str, error: Exception) -> RtlError:
    """The WriteError for a disk that refuses, the CorruptionError for a file that is not there."""
    said = " ".join(_ARROW.sub(": ", str(error)).split()).rstrip(".")
    number = getattr(error, "errno", None)
    if number == errno.ENOENT or "(os error 2)" in said:
        return CorruptionError(f"{what}: {said}. Restore the file from a backup; `rtl doctor` lists what is missing.")
    if number in _FULL or os.strerror(errno.ENOSPC) in said or os.strerror(errno.EDQUOT) in said:
        fix = "Free some disk there, or enlarge it, and start again what has stopped"
    else:
        fix = "See what ails the disk or its permissions (`rtl doctor`), and start again what has stopped"
    return WriteError(f"{what} could not be written: {said}. {fix}; nothing acknowledged is lost.")
