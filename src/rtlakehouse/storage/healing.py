"""What a crash or a power cut can leave at the end of a log, found and put right when a lake is opened.

A commit is acknowledged only after `TableWriter.seal` made it durable and wrote its hashes down. So a last commit that is
torn, empty, or names files that are missing or short was never acknowledged, unless its files are sealed or a complete batch
names it; it is taken back. Damage to anything acknowledged is not healed in silence: it raises CorruptionError.
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
from rtlakehouse.storage.durable import UNSETTLED, sync_paths
from rtlakehouse.storage.live import files_at
from rtlakehouse.storage.log import Commit, checkpoints, commit_path, entries, log_dir, read_commit
from rtlakehouse.storage.seals import Seal, Seals

__all__ = ["Healed", "heal", "relied_upon", "require_whole_tail", "seal_live"]


@dataclass(frozen=True)
class Healed:
    """One thing that was put right: which table, and what was done."""

    table: str
    what: str


def relied_upon(ledger: Path) -> dict[str, int]:
    """The version of each table that the newest complete batch names: up to it everything was durable before anybody relied on
    it, so no crash can have damaged it."""
    for version in reversed(entries(ledger)):
        try:
            commit = read_commit(ledger, version)
        except CorruptionError:
            continue
        if commit is not None and "versions" in commit.metadata:
            return dict(commit.metadata["versions"])
    return {}


def heal(table: Path, seals: Seals, attic: Path, relied: int) -> list[Healed]:
    """Check checkpoints and the last commits of a table; take back what was never acknowledged, seal what was not sealed.

    Removed files go to `attic`. relied: the version up to which later tables rely on this one, see `relied_upon`. Call it under
    the lock that lets nobody else write the table.
    """
    healed = _heal_checkpoints(table, attic)
    sealed = seals.read()
    while damaged := _damaged(table):
        healed += _take_back(table, damaged, attic, relied, sealed)
    for version in _tail(table):
        healed += _seal(table, version, seals, sealed)
    if (newest := max(entries(table), default=0)) < relied:
        raise CorruptionError(
            f"{table} ends at version {newest}, but later tables were computed from version {relied}. "
            "Restore its log from a backup; `rtl doctor` lists what is missing."
        )
    return healed


def require_whole_tail(table: Path) -> None:
    """Raise CorruptionError where one of the last commits is torn or empty: Delta readers take an empty one for no change."""
    for version in _tail(table):
        read_commit(table, version)


def seal_live(table: Path, seals: Seals) -> list[Healed]:
    """Seal what is live and was not: a crash after a compaction, when another process went on committing to the table."""
    sealed = seals.read()
    unsealed = {path for path in files_at(table)[1] if path not in sealed and (table / path).exists()}
    if not unsealed:
        return []
    seals.add(sorted(unsealed))
    sync_paths([*(table / path for path in unsealed), *_entries_of(table, set(unsealed)), log_dir(table)])
    return [Healed(table.name, f"sealed {len(unsealed):,} files, which a crash had left unsealed")]


def _entries_of(table: Path, files: set[str]) -> list[Path]:
    """The log entries that added these files, as far as they are kept."""
    found = []
    for version in reversed(entries(table)):
        commit = read_commit(table, version)
        if commit is not None and (added := files.intersection(add.path for add in commit.adds)):
            files -= added
            found.append(commit_path(table, version))
        if not files:
            break
    return found


def _tail(table: Path) -> list[int]:
    return entries(table)[-UNSETTLED:]


def _damaged(table: Path) -> dict[int, str]:
    """What is wrong with versions of the tail, the oldest last. Files that a later version removed may be gone."""
    found: dict[int, str] = {}
    removed: set[str] = set()
    for version in reversed(_tail(table)):
        try:
            commit = read_commit(table, version)
        except CorruptionError as error:
            found[version] = str(error).removesuffix(" Run `rtl doctor`.")
            continue
        if commit is None:
            continue
        faults = (_file_fault(table / add.path, add.size_bytes) for add in commit.adds if add.path not in removed)
        if fault := next(filter(None, (_hole(table, version), *faults)), None):
            found[version] = fault
        removed.update(commit.removes)
    return found


def _hole(table: Path, version: int) -> str | None:
    """What is wrong where the version before is not in the log, and no checkpoint stands in for it."""
    before = commit_path(table, version - 1)
    is_needed = version > 0 and not before.exists() and max(checkpoints(table), default=-1) < version
    return f"{before} is missing." if is_needed else None


def _take_back(table: Path, damaged: dict[int, str], attic: Path, relied: int, sealed: dict[str, Seal]) -> list[Healed]:
    """Move the oldest damaged version and all after it to the attic, the newest first; nothing where one was acknowledged."""
    first, fault = damaged.popitem()
    versions = [version for version in reversed(_tail(table)) if version >= first]
    for version in versions:
        if version <= relied:
            raise CorruptionError(
                f"{fault} Later tables were computed from version {version}, so it is not taken back. "
                "Restore the file from a backup; `rtl doctor` lists what is missing."
            )
        if _is_sealed(table, version, sealed):
            raise CorruptionError(f"{fault} Version {version} was acknowledged, so it is not taken back. Run `rtl doctor`.")
    for version in versions:
        _move(commit_path(table, version), attic)
    commits = "the last commit" if len(versions) == 1 else f"the last {len(versions)} commits"
    return [Healed(table.name, f"took back {commits}, never acknowledged: {fault}")]


def _is_sealed(table: Path, version: int, sealed: dict[str, Seal]) -> bool:
    try:
        commit = read_commit(table, version)
    except CorruptionError:
        return False
    return commit is not None and bool(commit.adds) and all(add.path in sealed for add in commit.adds)


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
        version = int(json.loads(pointer.read_bytes())["version"])
    except (ValueError, KeyError, TypeError):
        return False
    return any(log.glob(f"{version:020d}.checkpoint*.parquet"))


def _move(path: Path, attic: Path) -> None:
    attic.mkdir(parents=True, exist_ok=True)
    shutil.move(path, attic / f"{path.parent.parent.name}.{path.name}.{os.getpid()}")
    sync_paths([path.parent, attic])
