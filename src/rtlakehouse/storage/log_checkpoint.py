"""Checkpoints of a Delta log: what all its entries up to a version come to, in one Parquet file.

Written from the checkpoint before and the entries since, so a table's age costs nothing: its log is not listed, and removed files
are not remembered. Delta remembers them for vacuum alone, and ours goes by the log itself (see `storage.vacuum`). The format:
https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from rtlakehouse.errors import CorruptionError
from rtlakehouse.storage.durable import sync_commits, sync_paths, write_atomically
from rtlakehouse.storage.log import checkpoint_before, checkpointed, follow, log_dir, read_actions, read_commit

__all__ = ["added", "added_paths", "head", "transactions", "write_checkpoint"]

_TEXTS = pa.map_(pa.string(), pa.string())
_SCHEMA = pa.schema(
    {
        "protocol": pa.struct(
            {
                "minReaderVersion": pa.int32(),
                "minWriterVersion": pa.int32(),
                "readerFeatures": pa.list_(pa.string()),
                "writerFeatures": pa.list_(pa.string()),
            }
        ),
        "metaData": pa.struct(
            {
                "id": pa.string(),
                "name": pa.string(),
                "description": pa.string(),
                "format": pa.struct({"provider": pa.string(), "options": _TEXTS}),
                "schemaString": pa.string(),
                "partitionColumns": pa.list_(pa.string()),
                "configuration": _TEXTS,
                "createdTime": pa.int64(),
            }
        ),
        "txn": pa.struct({"appId": pa.string(), "version": pa.int64(), "lastUpdated": pa.int64()}),
        "add": pa.struct(
            {
                "path": pa.string(),
                "partitionValues": _TEXTS,
                "size": pa.int64(),
                "modificationTime": pa.int64(),
                "dataChange": pa.bool_(),
                "stats": pa.string(),
                "tags": _TEXTS,
            }
        ),
    }
)


def head(table: Path, upto: int | None = None) -> tuple[int, dict[str, int]]:
    """The newest version (`upto`), and the newest progress of every application that had committed to the table by then.

    Raises CorruptionError where the log or its checkpoint cannot be read.
    """
    version = checkpoint_before(table, upto)
    found = {entry["appId"]: int(entry["version"]) for entry in _read(table, version, "txn")["txn"]}
    for commit in follow(table, version) if version != upto else ():
        version = commit.version
        found |= commit.transactions
        if version == upto:
            break
    if version < 0:
        raise CorruptionError(f"{log_dir(table)} holds no version of the table. Run `rtl doctor`.")
    return version, found


def transactions(table: Path, upto: int | None = None) -> dict[str, int]:
    """The progress of every application that had committed to the table by a version (the newest), by application."""
    return head(table, upto)[1]


def added(table: Path, version: int) -> list[dict[str, Any]]:
    """The files that a checkpoint names, as `add` actions. Raises CorruptionError where it cannot be read."""
    return _read(table, version, "add")["add"]


def added_paths(table: Path, version: int) -> set[str]:
    """The paths of the files that a checkpoint names. Raises as `added`."""
    return {unquote(add["path"]) for add in _read(table, version, "add.path")["add"]}


def write_checkpoint(table: Path, version: int) -> None:
    """Write the checkpoint of a version that is there, durable as is what it stands on, and have the log point at it.

    Raises CorruptionError where an entry since the checkpoint before is missing or torn.
    """
    before, commit = checkpointed(table), read_commit(table, version)
    if commit is None:
        raise _lacking(table, version)
    state = _State(_read(table, before, *_SCHEMA.names))
    for number in range(before + 1, version + 1):
        if (actions := read_actions(table, number)) is None:
            raise _lacking(table, number)
        state.apply(actions)
    sync_commits(table, before, commit)
    rows, path = state.rows(), _path(table, version)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    pq.write_table(rows, temporary, compression="zstd", store_schema=False)
    sync_paths([temporary])
    temporary.replace(path)
    sync_paths([path.parent])
    pointer = {"version": version, "size": rows.num_rows, "sizeInBytes": path.stat().st_size, "numOfAddFiles": len(state.files)}
    write_atomically(log_dir(table) / "_last_checkpoint", msgspec.json.encode(pointer))


class _State:
    """What the actions of a log come to: the newest of those that replace each other, and the files that were not removed."""

    def __init__(self, found: Mapping[str, list[dict[str, Any]]]) -> None:
        self.single = {kind: entry for kind in ("protocol", "metaData") for entry in found[kind]}
        self.transactions = {entry["appId"]: entry for entry in found["txn"]}
        self.files = {unquote(add["path"]): add for add in found["add"]}

    def apply(self, actions: Iterable[Mapping[str, Any]]) -> None:
        """Take over the actions of the next version."""
        for action in actions:
            for kind, said in action.items():
                if kind in ("protocol", "metaData"):
                    self.single[kind] = said
                elif kind == "txn":
                    self.transactions[said["appId"]] = said
                elif kind == "remove":
                    self.files.pop(unquote(said["path"]), None)
                elif kind == "add":
                    self.files[unquote(said["path"])] = {**said, "dataChange": False}

    def rows(self) -> pa.Table:
        entries = [{kind: entry} for kind, entry in self.single.items()]
        entries += [{"txn": entry} for entry in self.transactions.values()]
        entries += [{"add": entry} for entry in self.files.values()]
        return pa.Table.from_pylist(entries, _SCHEMA)


def _lacking(table: Path, version: int) -> CorruptionError:
    return CorruptionError(f"{log_dir(table)} lacks version {version}. Run `rtl doctor`.")


def _path(table: Path, version: int) -> Path:
    return log_dir(table) / f"{version:020d}.checkpoint.parquet"


def _read(table: Path, version: int, *columns: str) -> dict[str, list[dict[str, Any]]]:
    """The actions of these kinds that a checkpoint holds, or a field of them; none where there is no checkpoint (version -1)."""
    found: dict[str, list[dict[str, Any]]] = {column.partition(".")[0]: [] for column in columns}
    for path in _parts(table, version) if version >= 0 else ():
        try:
            # Not `read_table`, which names a field of a struct by itself.
            with pq.ParquetFile(path) as file:
                rows = file.read(columns=list(columns))
        except (pa.ArrowInvalid, OSError) as error:
            raise CorruptionError(f"{path} is not readable: {error}. Run `rtl doctor`.") from error
        for kind in found:
            found[kind] += rows[kind].drop_null().to_pylist(maps_as_pydicts="strict")
    return found


def _parts(table: Path, version: int) -> list[Path]:
    """The files of a checkpoint: others than this package may have written several."""
    whole = _path(table, version)
    return [whole] if whole.exists() else sorted(log_dir(table).glob(f"{version:020d}.checkpoint*.parquet"))
