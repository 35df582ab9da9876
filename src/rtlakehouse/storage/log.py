"""The Delta log, read directly: one JSON file a version. Everything that follows a table follows this."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from rtlakehouse.errors import CorruptionError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.table import UTC_TIME

__all__ = [
    "METADATA_KEY",
    "Commit",
    "DataFile",
    "checkpoint_before",
    "checkpointed",
    "checkpoints",
    "commit_path",
    "data_file",
    "entries",
    "follow",
    "log_dir",
    "names",
    "newest",
    "read_actions",
    "read_commit",
    "write_commit",
]

METADATA_KEY = "rtl"
# In the statistics of a log, which are JSON, times are text.
_TIMES = frozenset(column.name for table in TABLES.values() for column in table.columns if column.type == UTC_TIME)


@dataclass(frozen=True)
class DataFile:
    """A live Parquet file of a table: path relative to the table, size, partition values, and statistics by column.

    written_at: when the file itself was, a moment before its commit.
    """

    path: str
    size_bytes: int
    rows: int
    partition: Mapping[str, str | None] = field(default_factory=dict)
    lowest: Mapping[str, Any] = field(default_factory=dict)
    highest: Mapping[str, Any] = field(default_factory=dict)
    nulls: Mapping[str, int] = field(default_factory=dict)
    written_at: datetime | None = None


@dataclass(frozen=True)
class Commit:
    """One version of a table.

    adds, removes: files that came and went. data_change: False where it only rearranged them (compaction).
    redefines: whether it changed the table's columns, settings or protocol.
    transactions: application id -> version. metadata: what this package wrote into the commit.
    mode: of a write `Append` or `Overwrite`. engine: what wrote it, as it says itself.
    """

    version: int
    timestamp: datetime
    operation: str
    adds: tuple[DataFile, ...]
    removes: tuple[str, ...]
    data_change: bool
    redefines: bool
    transactions: Mapping[str, int]
    metadata: Mapping[str, Any]
    mode: str | None = None
    engine: str | None = None


def log_dir(table: Path) -> Path:
    return table / "_delta_log"


def commit_path(table: Path, version: int) -> Path:
    return log_dir(table) / f"{version:020d}.json"


def read_commit(table: Path, version: int) -> Commit | None:
    """That version's commit, None where there is no such file (not yet, or cleaned away).

    Raises CorruptionError for a file that is torn: a commit is linked into place whole, so this is damage.
    """
    actions = read_actions(table, version)
    return None if actions is None else _commit(version, actions)


def read_actions(table: Path, version: int) -> list[dict[str, Any]] | None:
    """As `read_commit`, what the entry says, word for word."""
    path = commit_path(table, version)
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    return _parse(path, text)


def write_commit(table: Path, version: int, actions: Sequence[Mapping[str, Any]]) -> Commit:
    """Make a version: its entry appears whole, or not at all. It is not durable yet.

    Raises FileExistsError where the version is already there.
    """
    path = commit_path(table, version)
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    text = b"\n".join(msgspec.json.encode(action) for action in actions)
    try:
        temporary.write_bytes(text)
        os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return _commit(version, _parse(path, text))


def checkpointed(table: Path) -> int:
    """The version of the newest checkpoint; -1 where there is none. The log's own pointer saves looking for it."""
    try:
        return int(json.loads((log_dir(table) / "_last_checkpoint").read_bytes())["version"])
    except FileNotFoundError:
        return max(checkpoints(table), default=-1)


def checkpoints(table: Path) -> list[int]:
    """The versions that have a checkpoint, oldest first."""
    return sorted({int(name[:20]) for name in names(table) if name[20:].startswith(".checkpoint") and name.endswith(".parquet")})


def checkpoint_before(table: Path, version: int | None) -> int:
    """The checkpoint from which a version (None: the newest) is the fewest entries away; -1 where there is none before it."""
    newest = checkpointed(table)
    if version is None or newest <= version:
        return newest
    return max((checkpoint for checkpoint in checkpoints(table) if checkpoint <= version), default=-1)


def entries(table: Path) -> list[int]:
    """The versions whose commits are in the log one by one, oldest first."""
    return sorted(int(name[:20]) for name in names(table) if name[20:] == ".json")


def follow(table: Path, after: int) -> Iterator[Commit]:
    """The commits above `after` that are there now, in order."""
    version = after + 1
    while (commit := read_commit(table, version)) is not None:
        yield commit
        version += 1


def newest(table: Path) -> int:
    """The newest version; -1 where the log holds none. Reads no entry."""
    version = checkpointed(table)
    while commit_path(table, version + 1).exists():
        version += 1
    return version


def names(table: Path) -> list[str]:
    """What there is in the log, of files that begin with their version in twenty digits: entries, checkpoints and the like."""
    try:
        with os.scandir(log_dir(table)) as found:
            return [entry.name for entry in found if entry.name[:20].isdigit()]
    except FileNotFoundError:
        return []


def _parse(path: Path, text: bytes) -> list[dict[str, Any]]:
    try:
        actions = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise CorruptionError(f"{path} is torn: {error}. Run `rtl doctor`.") from error
    if not actions:
        raise CorruptionError(f"{path} is empty. Run `rtl doctor`.")
    return actions


def _commit(version: int, actions: list[dict[str, Any]]) -> Commit:
    info: dict[str, Any] = next((a["commitInfo"] for a in actions if "commitInfo" in a), {})
    adds = [a["add"] for a in actions if "add" in a]
    removes = [a["remove"] for a in actions if "remove" in a]
    return Commit(
        version=version,
        timestamp=datetime.fromtimestamp(info.get("timestamp", 0) / 1000, UTC),
        operation=info.get("operation", "UNKNOWN"),
        adds=tuple(data_file(add) for add in adds),
        removes=tuple(unquote(remove["path"]) for remove in removes),
        data_change=any(action.get("dataChange", True) for action in adds + removes),
        redefines=any("metaData" in action or "protocol" in action for action in actions),
        transactions={a["txn"]["appId"]: a["txn"]["version"] for a in actions if "txn" in a},
        metadata=_metadata(info),
        mode=info.get("operationParameters", {}).get("mode"),
        engine=info.get("engineInfo") or info.get("clientVersion"),
    )


def _metadata(info: Mapping[str, Any]) -> dict[str, Any]:
    """What this package wrote: delta-rs takes keys of their own, Spark one text, which others may fill as they like."""
    text = info.get("userMetadata") or ""
    if text.startswith(f'{{"{METADATA_KEY}":'):
        return dict(json.loads(text)[METADATA_KEY])
    return dict(json.loads(info.get(METADATA_KEY, "{}")))


def data_file(add: Mapping[str, Any]) -> DataFile:
    """The file that an `add` action names."""
    stats = json.loads(add.get("stats") or "{}", parse_float=Decimal)
    return DataFile(
        path=unquote(add["path"]),
        size_bytes=add["size"],
        rows=stats.get("numRecords", 0),
        partition=add.get("partitionValues", {}),
        lowest=_times(stats.get("minValues", {})),
        highest=_times(stats.get("maxValues", {})),
        nulls=stats.get("nullCount", {}),
        written_at=datetime.fromtimestamp(add["modificationTime"] / 1000, UTC),
    )


def _times(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _time(value) if name in _TIMES else value for name, value in values.items()}


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value)
