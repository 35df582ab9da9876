"""The files of a table at a version, kept up to date by following its log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rtlakehouse.errors import CorruptionError
from rtlakehouse.storage.log import Commit, DataFile, checkpoint_before, data_file, follow
from rtlakehouse.storage.log_checkpoint import added

__all__ = ["LiveFiles", "files_at"]


def files_at(table: Path, version: int | None = None) -> tuple[int, dict[str, DataFile]]:
    """The version asked for (the newest by default) and its live files by path.

    Raises CorruptionError where the log does not lead there: an entry or a checkpoint on the way is missing or damaged.
    """
    start = checkpoint_before(table, version)
    files = {file.path: file for file in map(data_file, added(table, start))}
    reached = start
    for commit in follow(table, start) if version != start else ():
        _apply(files, commit)
        reached = commit.version
        if reached == version:
            break
    if reached < (version or 0):
        raise CorruptionError(f"The log of {table} lacks version {reached + 1}. Run `rtl doctor`.")
    return reached, files


def _apply(files: dict[str, DataFile], commit: Commit) -> None:
    for path in commit.removes:
        files.pop(path, None)
    files.update({file.path: file for file in commit.adds})


class LiveFiles:
    """A table's live files. `advance` applies what was committed since; reading needs no lock."""

    def __init__(self, table: Path, version: int | None = None) -> None:
        self.table = table
        self.version, self.files = files_at(table, version)

    def advance(self, upto: int | None = None) -> Iterator[Commit]:
        """Apply and yield each commit there is above the present version: up to `upto`, and what upkeep rearranged after it."""
        for commit in follow(self.table, self.version):
            if upto is not None and commit.version > upto and commit.data_change:
                return
            self.apply(commit)
            yield commit

    def apply(self, commit: Commit) -> None:
        """Take over one commit, which must be the next."""
        _apply(self.files, commit)
        self.version = commit.version

    def overlapping(self, column: str, first: Any, last: Any) -> list[DataFile]:
        """The files that may hold rows whose `column` lies in [first, last]; a file without statistics may."""
        return [
            file
            for file in self.files.values()
            if not (file.highest.get(column, first) < first or file.lowest.get(column, last) > last)
        ]
