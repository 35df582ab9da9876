"""What a crash or a power cut can leave at the end of a log, found and put right when a lake is opened.

A commit is acknowledged only after `TableWriter.seal` made it durable and wrote its hashes down. So a last commit that is
torn, empty, or names files that are missing or short was never acknowledged, unless its files are sealed; it is taken back.
Damage to anything sealed is not healed in silence: it raises CorruptionError.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rtlakehouse.errors import CorruptionError
from rtlakehouse.storage.durable import sync_paths
from rtlakehouse.storage.log import Commit, commit_path, log_dir, read_commit
from rtlakehouse.storage.seals import Seal, Seals

__all__ = ["Healed", "heal"]

# A crash can leave at most the commits of one group unsealed; looking a little further back costs nothing.
_TAIL = 8


@dataclass(frozen=True)
class Healed:
    """One thing that was put right: which table, and what was done."""

    table: str
    what: str


def heal(table: Path, seals: Seals, attic: Path) -> list[Healed]:
    """Check checkpoints and the last commits of a table; take back what was never acknowledged, seal what was not sealed.

    Removed files go to `attic`. Call it under the lock that lets nobody else write the table.
    """
    healed = _heal_checkpoints(table, attic)
    sealed = seals.read()
    versions = sorted(_versions(table))[-_TAIL:]
    while versions and (fault := _fault(table, versions[-1], sealed)) is not None:
        _move(commit_path(table, versions.pop()), attic)
        healed.append(Healed(table.name, f"took back the last commit, never acknowledged: {fault}"))
    for version in versions:
        healed += _seal(table, version, seals, sealed)
    return healed


def _versions(table: Path) -> list[int]:
    return [int(path.stem) for path in log_dir(table).glob("[0-9]*.json") if path.stem.isdigit()]


def _fault(table: Path, version: int, sealed: dict[str, Seal]) -> str | None:
    """What is wrong with an unacknowledged commit; None where nothing is. Raises CorruptionError where it was sealed."""
    try:
        commit = read_commit(table, version)
    except CorruptionError as error:
        return str(error)
    if commit is None:
        return None
    fault = next(filter(None, (_file_fault(table / add.path, add.size_bytes) for add in commit.adds)), None)
    if fault and commit.adds and all(add.path in sealed for add in commit.adds):
        raise CorruptionError(f"{fault} It was acknowledged, so it is not taken back. Run `rtl doctor`.")
    return fault


def _file_fault(path: Path, size_bytes: int) -> str | None:
    if not path.exists():
        return f"{path} is missing."
    if path.stat().st_size != size_bytes:
        return f"{path} has {path.stat().st_size:,} bytes instead of {size_bytes:,}."
    try:
        pq.read_metadata(path)
    except (pa.ArrowInvalid, OSError) as error:
        return f"{path} is not readable: {error}."
    return None


def _seal(table: Path, version: int, seals: Seals, sealed: dict[str, Seal]) -> list[Healed]:
    commit: Commit | None = read_commit(table, version)
    missing = [add.path for add in commit.adds if add.path not in sealed] if commit else []
    present = [path for path in missing if (table / path).exists()]
    if not present:
        return []
    seals.add(present)
    sync_paths([*(table / path for path in present), commit_path(table, version), log_dir(table)])
    return [Healed(table.name, f"sealed version {version}, which a crash had left unsealed")]


def _heal_checkpoints(table: Path, attic: Path) -> list[Healed]:
    """Delta reads a table without checkpoints from its commits, so a damaged checkpoint is only set aside."""
    log = log_dir(table)
    healed = []
    for path in log.glob("*.checkpoint*.parquet"):
        if fault := _file_fault(path, path.stat().st_size):
            _move(path, attic)
            healed.append(Healed(table.name, f"set aside a damaged checkpoint: {fault}"))
    pointer = log / "_last_checkpoint"
    if pointer.exists() and not _points_at_something(log, pointer):
        _move(pointer, attic)
        healed.append(Healed(table.name, "set aside _last_checkpoint, which named no checkpoint there is"))
    return healed


def _points_at_something(log: Path, pointer: Path) -> bool:
    try:
        version = json.loads(pointer.read_bytes())["version"]
    except (ValueError, KeyError, TypeError):
        return False
    return any(log.glob(f"{version:020d}.checkpoint*.parquet"))


def _move(path: Path, attic: Path) -> None:
    attic.mkdir(parents=True, exist_ok=True)
    shutil.move(path, attic / f"{path.parent.parent.name}.{path.name}.{os.getpid()}")
    sync_paths([path.parent, attic])
