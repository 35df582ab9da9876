"""`rtl export`: a whole table, now or as it was, as one file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, Protocol, TypeAlias

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from rtlakehouse.api.formats import flat, ndjson, zoned
from rtlakehouse.cli.history import AsOfOption, TableArgument, WhereOption, snapshot_of
from rtlakehouse.cli.options import LakeOption, console, errors
from rtlakehouse.errors import UsageError, WriteError
from rtlakehouse.medallion.graph import table as find_table
from rtlakehouse.medallion.table import Table
from rtlakehouse.settings import load_settings

__all__ = ["export"]

# As DuckDB's and Parquet's row groups: large enough to compress, a few tens of MB in memory.
_BATCH_ROWS = 122_880


_Batches: TypeAlias = Generator[pa.RecordBatch, None, None]


class _Writer(Protocol):
    def write(self, rows: pa.Table) -> None: ...

    def close(self) -> None: ...


class _Ndjson:
    def __init__(self, out: BinaryIO, schema: pa.Schema) -> None:
        self._out = out

    def write(self, rows: pa.Table) -> None:
        self._out.write(ndjson(rows))

    def close(self) -> None:
        pass


class _Csv:
    def __init__(self, out: BinaryIO, schema: pa.Schema) -> None:
        self._writer = pyarrow.csv.CSVWriter(out, flat(schema.empty_table()).schema)

    def write(self, rows: pa.Table) -> None:
        self._writer.write(flat(rows))

    def close(self) -> None:
        self._writer.close()


class _Parquet:
    def __init__(self, out: BinaryIO, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(out, zoned(schema.empty_table()).schema, compression="zstd")

    def write(self, rows: pa.Table) -> None:
        self._writer.write(zoned(rows))

    def close(self) -> None:
        self._writer.close()


_WRITERS: dict[str, Callable[[BinaryIO, pa.Schema], _Writer]] = {"csv": _Csv, "json": _Ndjson, "parquet": _Parquet}
_SUFFIXES = {".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet"}


def export(
    table: TableArgument,
    output: Annotated[Path, typer.Argument(help="The file to write, or - for standard output.", show_default=False)],
    as_of: AsOfOption = None,
    where: WhereOption = "true",
    form: Annotated[
        str | None, typer.Option("--format", help="csv, json (one object a line) or parquet; default: by the file's name.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    lake: LakeOption = None,
) -> None:
    """Write a whole table to a file, as it is or as it was: CSV, JSON or Parquet.

    The file appears when it is complete; what is interrupted leaves none. Rows come in no particular order.
    """
    definition = find_table(table)
    make = _WRITERS[_form(output, form)]
    if output.exists() and not overwrite and str(output) != "-":
        raise UsageError(f"{output} is there already; name another file, or give --overwrite.")
    settings = load_settings(lake=lake)
    with snapshot_of(settings, table, as_of) as snapshot, _destination(output) as out:
        total = sum(file.rows for file in snapshot.files_of(table)) if where == "true" else None
        rows = snapshot.stream(definition, where, _BATCH_ROWS)
        written = _write(definition, _counted(rows, table, total), make, out)
        version = snapshot.versions[table]
    if str(output) != "-":
        console.print(f"{output}: {written:,} rows of {table} version {version}.", highlight=False, soft_wrap=True)


def _form(output: Path, form: str | None) -> str:
    chosen = form or _SUFFIXES.get(output.suffix.lower())
    if chosen not in _WRITERS:
        asked = f"--format {form!r}" if form else f"The name {output.name!r}"
        raise UsageError(f"{asked} says none of {', '.join(_WRITERS)}; give --format with one of them.")
    return chosen


def _write(table: Table, batches: _Batches, make: Callable[[BinaryIO, pa.Schema], _Writer], out: BinaryIO) -> int:
    written = 0
    with closing(batches):
        first = next(batches, None)
        with closing(make(out, first.schema if first else table.schema)) as writer:
            while first is not None:
                writer.write(pa.Table.from_batches([first]))
                written += first.num_rows
                first = next(batches, None)
    return written


def _counted(batches: _Batches, name: str, total: int | None) -> _Batches:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f} rows"), TimeElapsedColumn())
    with closing(batches), Progress(*columns, console=errors, disable=not errors.is_terminal) as bars:
        bar = bars.add_task(name, total=total)
        for batch in batches:
            yield batch
            bars.advance(bar, batch.num_rows)


@contextmanager
def _destination(output: Path) -> Iterator[BinaryIO]:
    """The file, which has its name once it is whole."""
    if str(output) == "-":
        yield sys.stdout.buffer
        return
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        out = part.open("xb")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}. Name a file in a folder that is there.") from error
    try:
        with out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(output)
    except OSError as error:
        raise WriteError(f"{output} could not be written: {error.strerror}. Nothing was left of it.") from error
    finally:
        part.unlink(missing_ok=True)
