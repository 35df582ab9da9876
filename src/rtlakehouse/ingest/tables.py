"""CSV and Parquet: rows in the file's order, from any row on. A row that does not fit is a record, too."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rtlakehouse.errors import SourceError
from rtlakehouse.ingest.bytestream import opened

__all__ = ["Rows", "parquet_total", "read_csv", "read_parquet"]

_DELIMITERS = ",;\t|"
# A quote that is never closed swallows the rows after it: better stop than put half a file into one cell.
_LONGEST_CELL = 16 << 20


@dataclass(frozen=True)
class Rows:
    """Consecutive rows of a file: those that fit its columns, and the others by their place among all of these, as JSON arrays.

    A row with too few or too many cells, or with bytes that are not UTF-8, fits no column; as an array it is no event either,
    and the contract says so.
    """

    table: pa.Table
    misfits: dict[int, bytes] = field(default_factory=dict)


def read_parquet(path: Path, skip: int, batch_rows: int) -> Iterator[Rows]:
    """The rows from row `skip` on. Yields the columns at least once, without rows. Raises SourceError for a damaged file."""
    try:
        with pq.ParquetFile(path) as file:
            yield Rows(file.schema_arrow.empty_table())
            groups, skip = _groups_after(file.metadata, skip)
            for batch in file.iter_batches(batch_rows, row_groups=groups):
                if skip < batch.num_rows:
                    yield Rows(pa.Table.from_batches([batch.slice(skip)]))
                skip = max(0, skip - batch.num_rows)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path} cannot be read as Parquet: {_first_line(error)}.") from error


def parquet_total(path: Path) -> int:
    """How many rows a Parquet file has. Raises SourceError for a damaged file."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path} cannot be read as Parquet: {_first_line(error)}.") from error


def _groups_after(metadata: pq.FileMetaData, skip: int) -> tuple[list[int], int]:
    """The row groups that hold the rows from `skip` on, and how many of their rows come before it."""
    first = 0
    while first < metadata.num_row_groups and skip >= metadata.row_group(first).num_rows:
        skip -= metadata.row_group(first).num_rows
        first += 1
    return list(range(first, metadata.num_row_groups)), skip


def read_csv(path: Path, skip: int, batch_rows: int) -> Iterator[Rows]:
    """The rows after the header from row `skip` on, all columns text, empty cells null; blank lines are no rows.

    Yields the columns at least once, without rows, unless the file is empty. Raises SourceError.
    """
    # The module's own limit is 128 KiB and holds for the whole process.
    csv.field_size_limit(_LONGEST_CELL)
    with opened(path) as file:
        text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
        first_line = text.readline()
        lines = csv.reader(itertools.chain([first_line], text), delimiter=_delimiter(path, first_line))
        try:
            names = _names(path, next(lines, []))
            if not names:
                return
            yield _rows(names, [])
            rows = itertools.islice((row for row in lines if row), skip, None)
            while batch := list(itertools.islice(rows, batch_rows)):
                yield _rows(names, batch)
        except csv.Error as error:
            hint = "Is a quote not closed, or is it no CSV?"
            raise SourceError(f"{path}, line {lines.line_num:,}: {error}. {hint} What was read before it stands.") from error


def _delimiter(path: Path, header: str) -> str:
    if ".tsv" in path.suffixes:
        return "\t"
    return max(_DELIMITERS, key=header.count)


def _names(path: Path, header: list[str]) -> list[str]:
    names = [name.strip() or f"column{i}" for i, name in enumerate(header)]
    lowered = [name.lower() for name in names]
    double = next((name for i, name in enumerate(names) if name.lower() in lowered[:i]), None)
    if double is not None:
        raise SourceError(f"{path} has two columns {double!r}; SQL cannot tell them apart. Rename one in the header.")
    if not _is_utf8("".join(names)):
        raise SourceError(f"{path} is not UTF-8; save it as UTF-8.")
    return names


def _rows(names: list[str], rows: list[list[str]]) -> Rows:
    misfits = {i: _as_array(row) for i, row in enumerate(rows) if len(row) != len(names)}
    try:
        return Rows(_table(names, _without(rows, misfits)), misfits)
    except UnicodeEncodeError:
        misfits |= {i: _as_array(row) for i, row in enumerate(rows) if not _is_utf8("".join(row))}
        return Rows(_table(names, _without(rows, misfits)), misfits)


def _without(rows: list[list[str]], misfits: dict[int, bytes]) -> list[list[str]]:
    return [row for i, row in enumerate(rows) if i not in misfits] if misfits else rows


def _table(names: list[str], rows: list[list[str]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else itertools.repeat((), len(names))
    return pa.table({name: _column(cells) for name, cells in zip(names, columns, strict=True)})


def _column(cells: Sequence[str]) -> pa.Array:
    texts = pa.array(cells, pa.string())
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _as_array(row: list[str]) -> bytes:
    """The cells as a JSON array, in the very bytes of the file."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogateescape")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
