"""Forgetting the past of a table: no version before the newest can be read, and nothing on disk tells of what only those held.

Vacuum deletes what nobody needs; this deletes what nobody may have: it waits for no reader and no pin.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
import structlog

from rtlakehouse.clock import Clock
from rtlakehouse.failpoints import failpoint
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.graph import SIBLINGS
from rtlakehouse.storage.durable import sync_paths, write_atomically, writing
from rtlakehouse.storage.erased import raise_floor
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import METADATA_KEY, checkpointed, commit_path, entries, follow, log_dir
from rtlakehouse.storage.maintenance import Maintenance
from rtlakehouse.storage.vacuumed import Vacuumed, nothing_removed, write_vacuumed

__all__ = ["RAW_TABLES", "forget", "forget_attic"]

Names = Callable[[bytes], bool]

log = structlog.get_logger(__name__)

# The tables whose rows, and whose bounds in the log, are of single events.
RAW_TABLES = (BRONZE.name, *(table.name for table in SIBLINGS))
# Who appends to bronze writes a file and commits it a moment later. A file that no log knows is left alone for so long.
_IN_FLIGHT = timedelta(hours=1)


def forget(lake: Lake, table: str, upkeep: Maintenance, clock: Clock, names: Names) -> tuple[int, int]:
    """Have a table begin at its newest version; that version, and how many files were deleted.

    names: whether a text tells of what is to be forgotten; no metadata of a commit that does stays in the log. The caller holds
    the engine lock, and no batch is half done. It may be done again, also where it was ended by a crash.
    """
    with writing(table):
        upkeep.checkpoint(table)
        first = max(checkpointed(lake.path(table)), 0)
        with nothing_removed(lake):
            raise_floor(lake.control, table, first)
            write_vacuumed(lake, table, Vacuumed(clock.now(), ()))
            failpoint("after_erased_floor")
            deleted = _delete_files(lake, table, clock)
            _delete_checkpoints(lake.path(table), first)
            if table in RAW_TABLES:
                _scrub(lake, table, first, names)
        lake.forget_seals(table)
    failpoint("after_forgotten_table")
    log.info("the past of a table was forgotten", table=table, first_version=first, deleted_files=deleted)
    return first, deleted


def forget_attic(lake: Lake) -> None:
    """Delete what was set aside when the lake was mended: log entries, with bounds of rows in them."""
    shutil.rmtree(lake.control / "attic", ignore_errors=True)
    (lake.control / "attic").mkdir(exist_ok=True)


def _delete_files(lake: Lake, table: str, clock: Clock) -> int:
    """Delete what the newest version does not have, but what the engine has not read yet and what is about to be committed."""
    folder = lake.path(table)
    there = [path for path in folder.rglob("*") if path.is_file() and log_dir(folder) not in path.parents]
    kept = set(lake.files(table)) | _waiting(lake, table)
    settled = (clock.now() - _IN_FLIGHT).timestamp()
    # Bronze has writers beside the engine. What they have committed is sealed, also where the log names it no more.
    known = lake.seals(table).read() if table == BRONZE.name else None
    doomed = [path for path in there if path.relative_to(folder).as_posix() not in kept]
    deleted = 0
    for path in doomed:
        if known is None or path.relative_to(folder).as_posix() in known or path.stat().st_mtime < settled:
            path.unlink()
            deleted += 1
    sync_paths({path.parent for path in doomed})
    return deleted


def _waiting(lake: Lake, table: str) -> set[str]:
    """The files that the engine is to read next, by the commits that brought them, also where they were gathered since."""
    if table != BRONZE.name:
        return set()
    return {file.path for commit in follow(lake.path(table), lake.processed()) for file in commit.adds if commit.data_change}


def _delete_checkpoints(folder: Path, first: int) -> None:
    for path in log_dir(folder).glob("[0-9]*.checkpoint*.parquet"):
        if int(path.name[:20]) < first:
            path.unlink()
    sync_paths([log_dir(folder)])


def _scrub(lake: Lake, table: str, first: int, names: Names) -> None:
    """Take the bounds of files that are gone out of the entries before `first`: the least and the greatest user are in them.

    Also what was written of a repair, or a post's key, where that names who is to be forgotten. The entries stay: who stands at
    an old version, as a gateway that was idle may, follows them to the newest.
    """
    live = lake.files(table)
    for version in entries(lake.path(table)):
        path = commit_path(lake.path(table), version)
        if version < first and (scrubbed := _scrubbed(path.read_bytes(), live, names)) is not None:
            write_atomically(path, scrubbed)


def _scrubbed(entry: bytes, live: Collection[str], names: Names) -> bytes | None:
    """The entry without such bounds and metadata; None where it has none."""
    actions = [msgspec.json.decode(line) for line in entry.splitlines() if line.strip()]
    telling = [add for add in _adds(actions) if "stats" in add and unquote(add["path"]) not in live]
    for add in telling:
        del add["stats"]
    infos = [action["commitInfo"] for action in actions if METADATA_KEY in action.get("commitInfo", {})]
    written = [info for info in infos if names(info[METADATA_KEY].encode())]
    for info in written:
        del info[METADATA_KEY]
    return b"\n".join(map(msgspec.json.encode, actions)) if telling or written else None


def _adds(actions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (action["add"] for action in actions if "add" in action)
