"""Parquet files of a table: written as its log will name them, and what the log says of one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from rtlakehouse.clock import isoformat
from rtlakehouse.storage.log import DataFile

__all__ = ["add_action", "merge_files", "read_file", "remove_action", "write_files"]

# DuckDB scans row groups of about this many rows in parallel.
_ROW_GROUP_ROWS = 122_880
_PARQUET: dict[str, Any] = {"compression": "zstd", "compression_level": 1, "store_schema": False}
# Of 30 rows, to hand columns out to threads takes longer than to read them; of this many it saves a third of the time.
_FEW_ROWS = 1_000
# Longer texts have no bounds in the log, which every reader of the table loads whole.
_TEXT_CHARACTERS = 64

_encoder = msgspec.json.Encoder(decimal_format="number")


def write_files(table: Path, data: pa.Table, partition_by: Sequence[str]) -> list[Path]:
    """Write the rows as a new file in the folder of each partition; none where there are no rows. Nothing is synced yet.

    After an OSError no file is left.
    """
    written: list[Path] = []
    try:
        for folder, rows in _partitions(data, partition_by):
            path = _new_file(table / folder)
            written.append(path)
            pq.write_table(rows, path, row_group_size=_ROW_GROUP_ROWS, **_PARQUET)
    except OSError:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return written


def read_file(path: Path, columns: Sequence[str] | None = None, encoded: Sequence[str] = ()) -> pa.Table:
    """The rows of a file: of these columns, where it has them, or of all; `encoded` come as dictionaries.

    A batch's file has a few dozen rows: that `pyarrow.parquet.read_table` makes a data set of it first takes twice as long as to
    read it. Raises FileNotFoundError.
    """
    # A file on a local disk is not slower to read for being read in pieces.
    with pq.ParquetFile(path, read_dictionary=list(encoded), pre_buffer=False) as file:
        return file.read(None if columns is None else list(columns), use_threads=file.metadata.num_rows >= _FEW_ROWS)


def merge_files(folder: Path, paths: Sequence[Path], schema: pa.Schema) -> Path:
    """Write the rows of these files, in their order, as one new file in this folder; columns that a file has not are null there.

    The rows of a few row groups are in memory at a time. Nothing is synced yet. After an OSError no file is left.
    """
    merged = _new_file(folder)
    try:
        with pq.ParquetWriter(merged, schema, **_PARQUET) as writer:
            for rows in _row_groups(ds.dataset(list(map(str, paths)), schema=schema, format="parquet")):
                writer.write_table(rows)
    except OSError:
        merged.unlink(missing_ok=True)
        raise
    return merged


def add_action(table: Path, path: Path, *, data_change: bool = True) -> dict[str, Any]:
    """The log's `add` of a file below the table; its statistics are those of the file's own footer.

    data_change: False for a file whose rows were in the table before, in others.
    """
    found = path.stat()
    place = path.relative_to(table)
    return {
        "path": quote(str(place), safe="/="),
        "partitionValues": dict(folder.split("=", 1) for folder in place.parts[:-1] if "=" in folder),
        "size": found.st_size,
        "modificationTime": found.st_mtime_ns // 1_000_000,
        "dataChange": data_change,
        "stats": _encoder.encode(_statistics(pq.read_metadata(path))).decode(),
    }


def remove_action(file: DataFile, at: datetime, *, data_change: bool = True) -> dict[str, Any]:
    """The log's `remove` of a live file; `data_change` as in `add_action`."""
    return {
        "path": quote(file.path, safe="/="),
        "deletionTimestamp": int(at.timestamp() * 1000),
        "dataChange": data_change,
        "extendedFileMetadata": True,
        "partitionValues": dict(file.partition),
        "size": file.size_bytes,
    }


def _new_file(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder / f"part-{uuid.uuid4()}.zstd.parquet"


def _row_groups(rows: ds.Dataset) -> Iterator[pa.Table]:
    """All rows, so many at a time that each makes a row group that is neither small nor large."""
    gathered: list[pa.RecordBatch] = []
    for batch in rows.to_batches(batch_size=_ROW_GROUP_ROWS, batch_readahead=1, fragment_readahead=1):
        gathered.append(batch)
        if sum(map(len, gathered)) >= _ROW_GROUP_ROWS:
            yield pa.Table.from_batches(gathered)
            gathered = []
    if gathered:
        yield pa.Table.from_batches(gathered)


def _partitions(data: pa.Table, partition_by: Sequence[str]) -> Iterator[tuple[str, pa.Table]]:
    """The rows by the folder that they belong in: Delta keeps the column of a partition in the folder's name alone."""
    if not data.num_rows:
        return
    if not partition_by:
        yield "", data
        return
    (name,) = partition_by
    values = pc.unique(data[name])
    for value in values:
        rows = data if len(values) == 1 else data.filter(pc.equal(data[name], value))
        yield f"{name}={value}", rows.drop_columns([name])


def _statistics(footer: pq.FileMetaData) -> dict[str, Any]:
    """Rows, and bounds and nulls of each plain column that the footer tells of. Binary columns have no bounds in JSON."""
    lowest: dict[str, Any] = {}
    highest: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    for number in range(footer.num_columns):
        column = footer.schema.column(number)
        if column.path != column.name:
            continue
        chunks = [chunk for group in range(footer.num_row_groups) if (chunk := _chunk(footer, group, number)) is not None]
        if len(chunks) < footer.num_row_groups:
            continue
        nulls[column.name] = sum(chunk.nulls for chunk in chunks)
        filled = [chunk for chunk in chunks if chunk.values]
        if filled and all(_has_bounds(chunk) for chunk in filled):
            lowest[column.name] = _as_json(min(chunk.lowest for chunk in filled))
            highest[column.name] = _as_json(max(chunk.highest for chunk in filled))
    return {"numRecords": footer.num_rows, "minValues": lowest, "maxValues": highest, "nullCount": nulls}


class _Chunk(NamedTuple):
    """A column of a row group: how many nulls and values it has, and its bounds, None where the footer has none."""

    nulls: int
    values: int
    lowest: Any
    highest: Any


def _chunk(footer: pq.FileMetaData, group: int, number: int) -> _Chunk | None:
    """None where the file's writer kept no statistics of it."""
    # Statistics point into their column, and that into its row group: all three must live while they are read.
    row_group = footer.row_group(group)
    column = row_group.column(number)
    found = column.statistics
    if found is None:
        return None
    bounds = (found.min, found.max) if found.has_min_max else (None, None)
    return _Chunk(found.null_count, found.num_values, *bounds)


def _has_bounds(chunk: _Chunk) -> bool:
    if isinstance(chunk.highest, str):
        return max(len(chunk.lowest), len(chunk.highest)) <= _TEXT_CHARACTERS
    return chunk.highest is not None and not isinstance(chunk.highest, bytes)


def _as_json(value: Any) -> Any:
    return isoformat(value) if isinstance(value, datetime) else value
