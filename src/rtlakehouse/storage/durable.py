"""Making things survive a power cut: delta-rs and Python leave that to whoever promises it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from rtlakehouse.storage.log import Commit, commit_path, log_dir

__all__ = ["sync_commit", "sync_paths", "write_atomically"]


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


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file so that after any crash it holds the old bytes or the new ones, whole."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_paths([path.parent])
