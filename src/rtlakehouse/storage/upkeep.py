"""How far the upkeep of a table is: what is in its folder and its log, and what waits to be done."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import checkpointed, entries, log_dir
from rtlakehouse.storage.maintenance import FIRST_TIER_BYTES, Limits

__all__ = ["TableUpkeep", "upkeep_of"]


@dataclass(frozen=True)
class TableUpkeep:
    """A table, at this moment.

    files, size_bytes: of its newest version. small_files: those small enough to be gathered. log_entries: commits kept one
    by one. checkpoint, checkpoint_at: version and time of the last one, None where there is none yet. commits_to_go: so many
    more, and upkeep of this table is due. left_files, left_bytes: what the newest version has no more and is still there.
    """

    table: str
    version: int
    files: int
    size_bytes: int
    small_files: int
    log_entries: int
    checkpoint: int | None
    checkpoint_at: datetime | None
    commits_to_go: int
    left_files: int
    left_bytes: int


def upkeep_of(lake: Lake, limits: Limits, table: str) -> TableUpkeep:
    """The upkeep of a table of a lake, by its folder and its log. Raises as `Lake.files`."""
    path = lake.path(table)
    version = lake.version(table)
    live = lake.files(table, version)
    checkpoint = checkpointed(path)
    left = list(_left(path, live))
    small = FIRST_TIER_BYTES[TABLES[table].kind]
    return TableUpkeep(
        table=table,
        version=version,
        files=len(live),
        size_bytes=sum(file.size_bytes for file in live.values()),
        small_files=sum(file.size_bytes < small for file in live.values()),
        log_entries=len(entries(path)),
        checkpoint=None if checkpoint < 0 else checkpoint,
        checkpoint_at=None if checkpoint < 0 else _written_at(log_dir(path) / f"{checkpoint:020d}.checkpoint.parquet"),
        commits_to_go=max(0, max(checkpoint, 0) + limits.compact_files - version),
        left_files=len(left),
        left_bytes=sum(left),
    )


def _left(folder: Path, live: Collection[str]) -> Iterator[int]:
    """The sizes of the data files that the newest version has not; what was only just written may be among them."""
    log = log_dir(folder)
    for path in folder.rglob("*.parquet"):
        if log not in path.parents and path.relative_to(folder).as_posix() not in live:
            yield _size(path)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _written_at(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
