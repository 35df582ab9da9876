"""The Delta log, read directly: one JSON file a version. Everything that follows a table follows this."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from rtlakehouse.errors import CorruptionError

__all__ = ["METADATA_KEY", "Commit", "DataFile", "commit_path", "follow", "log_dir", "read_commit"]

METADATA_KEY = "rtl"
_STATS_TIME = "%Y-%m-%dT%H:%M:%S.%f%z"


@dataclass(frozen=True)
class DataFile:
    """A live Parquet file of a table: path relative to the table, size, partition values and statistics."""

    path: str
    size_bytes: int
    rows: int
    partition: Mapping[str, str | None] = field(default_factory=dict)
    lowest: Mapping[str, Any] = field(default_factory=dict)
    highest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Commit:
    """One version of a table.

    adds, removes: files that came and went. data_change: False where it only rearranged them (compaction).
    transactions: application id -> version. metadata: what this package wrote into the commit.
    """

    version: int
    timestamp: datetime
    operation: str
    adds: tuple[DataFile, ...]
    removes: tuple[str, ...]
    data_change: bool
    transactions: Mapping[str, int]
    metadata: Mapping[str, Any]


def log_dir(table: Path) -> Path:
    return table / "_delta_log"


def commit_path(table: Path, version: int) -> Path:
    return log_dir(table) / f"{version:020d}.json"


def read_commit(table: Path, version: int) -> Commit | None:
    """That version's commit, None where there is no such file (not yet, or cleaned away).

    Raises CorruptionError for a file that is torn: a commit is linked into place whole, so this is damage.
    """
    path = commit_path(table, version)
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        actions = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise CorruptionError(f"{path} is torn: {error}. Run `rtl doctor`.") from error
    if not actions:
        raise CorruptionError(f"{path} is empty. Run `rtl doctor`.")
    return _commit(version, actions)


def follow(table: Path, after: int) -> Iterator[Commit]:
    """The commits above `after` that are there now, in order."""
    version = after + 1
    while (commit := read_commit(table, version)) is not None:
        yield commit
        version += 1


def _commit(version: int, actions: list[dict[str, Any]]) -> Commit:
    info: dict[str, Any] = next((a["commitInfo"] for a in actions if "commitInfo" in a), {})
    adds = [a["add"] for a in actions if "add" in a]
    removes = [a["remove"] for a in actions if "remove" in a]
    return Commit(
        version=version,
        timestamp=datetime.fromtimestamp(info.get("timestamp", 0) / 1000, UTC),
        operation=info.get("operation", "UNKNOWN"),
        adds=tuple(_data_file(add) for add in adds),
        removes=tuple(unquote(remove["path"]) for remove in removes),
        data_change=any(action.get("dataChange", True) for action in adds + removes),
        transactions={a["txn"]["appId"]: a["txn"]["version"] for a in actions if "txn" in a},
        metadata=json.loads(info.get(METADATA_KEY, "{}")),
    )


def _data_file(add: Mapping[str, Any]) -> DataFile:
    stats = json.loads(add.get("stats") or "{}")
    return DataFile(
        path=unquote(add["path"]),
        size_bytes=add["size"],
        rows=stats.get("numRecords", 0),
        partition=add.get("partitionValues", {}),
        lowest=_times(stats.get("minValues", {})),
        highest=_times(stats.get("maxValues", {})),
    )


def _times(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _time(value) if name in ("event_time", "window_start") else value for name, value in values.items()}


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value)
