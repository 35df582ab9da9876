"""The files of a table at a version, kept up to date by following its log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable

from rtlakehouse.storage.log import Commit, DataFile, follow

__all__ = ["LiveFiles", "files_at"]


def files_at(table: Path, version: int | None = None) -> tuple[int, dict[str, DataFile]]:
    """The version asked for (the newest by default) and its live files by path.

    Raises deltalake's TableNotFoundError or DeltaError where the version cannot be had; `Lake` says why.
    """
    handle = DeltaTable(table, version=version)
    # `pa.table` would import pandas, to see whether this is a data frame.
    actions = pa.RecordBatchReader.from_stream(handle.get_add_actions(flatten=True)).read_all()
    return handle.version(), {file.path: file for file in map(_data_file, actions.to_pylist())}


def _data_file(row: dict[str, Any]) -> DataFile:
    return DataFile(
        path=unquote(row["path"]),
        size_bytes=row["size_bytes"],
        rows=row["num_records"] or 0,
        partition={k.partition(".")[2]: _text(v) for k, v in row.items() if k.startswith("partition.")},
        lowest={k.partition(".")[2]: _utc(v) for k, v in row.items() if k.startswith("min.") and v is not None},
        highest={k.partition(".")[2]: _utc(v) for k, v in row.items() if k.startswith("max.") and v is not None},
        nulls={k.partition(".")[2]: v for k, v in row.items() if k.startswith("null_count.") and v is not None},
        written_at=datetime.fromtimestamp(row["modification_time"] / 1000, UTC),
    )


def _text(value: Any) -> str | None:
    return None if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value


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
        for path in commit.removes:
            self.files.pop(path, None)
        self.files.update({file.path: file for file in commit.adds})
        self.version = commit.version

    def overlapping(self, column: str, first: Any, last: Any) -> list[DataFile]:
        """The files that may hold rows whose `column` lies in [first, last]; a file without statistics may."""
        return [
            file
            for file in self.files.values()
            if not (file.highest.get(column, first) < first or file.lowest.get(column, last) > last)
        ]
