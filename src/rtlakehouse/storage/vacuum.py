"""Which files of a table nobody can ask for any more.

By what is kept of the log alone: every version that it leads to keeps its files while it is young enough, read or pinned. So a
version whose entries were cleaned away keeps none, and nothing has to be remembered of files that were removed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from rtlakehouse.storage.live import files_at
from rtlakehouse.storage.log import checkpoints, commit_path, entries, read_actions, read_commit
from rtlakehouse.storage.log_checkpoint import added_paths

__all__ = ["current_at", "made_at", "needless"]


def made_at(table: Path, version: int) -> datetime:
    """When a version that the log leads to was made: its entry says so, or else its checkpoint's file."""
    commit = read_commit(table, version)
    if commit is not None:
        return commit.timestamp
    checkpoint = commit_path(table, version).with_suffix(".checkpoint.parquet")
    return datetime.fromtimestamp(checkpoint.stat().st_mtime, UTC)


def current_at(table: Path, versions: Sequence[int], time: datetime) -> int:
    """Of these versions, oldest first, the one that was the newest at a time; the oldest where all are younger."""
    after = bisect_right(versions, time, key=lambda version: made_at(table, version))
    return versions[max(after - 1, 0)]


def needless(table: Path, first: int, pinned: Collection[int], unnamed_before: datetime) -> list[Path]:
    """The data files that neither version `first`, nor one after it, nor a pinned one needs.

    unnamed_before: a file that no entry and no checkpoint names may be about to be committed, or somebody reads a version whose
    entry was cleaned away meanwhile. It is among them where it was written before this. Raises CorruptionError where the log is
    damaged: nothing may be deleted then.
    """
    there = list(_data_files(table))
    # Where an entry is missing on the way to the newest, nobody knows what the versions after it need.
    files_at(table, max(entries(table), default=first))
    needed = {path for version in {first, *pinned} for path in files_at(table, version)[1]}
    named = set(needed)
    for version, paths in _named(table):
        named |= paths
        if version > first:
            needed |= paths
    return [
        path
        for path in there
        if (name := path.relative_to(table).as_posix()) not in needed
        and (name in named or path.stat().st_mtime < unnamed_before.timestamp())
    ]


def _named(table: Path) -> Iterator[tuple[int, set[str]]]:
    """The files that each entry and each checkpoint of the log names as there from its version on."""
    for version in checkpoints(table):
        yield version, added_paths(table, version)
    for version in entries(table):
        # Not as a commit, whose statistics take most of the time to read.
        actions = read_actions(table, version) or ()
        yield version, {unquote(action["add"]["path"]) for action in actions if "add" in action}


def _data_files(table: Path) -> Iterator[Path]:
    """As every reader of Delta has it, what begins with `_` or `.` is none."""
    for path in table.rglob("*"):
        hidden = any(part[0] in "._" for part in path.relative_to(table).parts)
        if not hidden and path.is_file():
            yield path
