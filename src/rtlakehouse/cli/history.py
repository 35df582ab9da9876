"""`rtl history` and `rtl read`: time travel on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from rtlakehouse.api.formats import TABULAR, rows_of
from rtlakehouse.catalog import Catalog
from rtlakehouse.catalog.snapshot import Snapshot
from rtlakehouse.cli.options import JsonFlag, LakeOption, console, say_json
from rtlakehouse.clock import SystemClock, isoformat
from rtlakehouse.errors import UsageError
from rtlakehouse.medallion.graph import table as find_table
from rtlakehouse.settings import Settings, load_settings
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import Commit, read_commit

__all__ = ["AsOfOption", "TableArgument", "WhereOption", "catalog_of", "history", "point", "read", "snapshot_of"]

TableArgument = Annotated[str, typer.Argument(help="A table, such as gold.kpis_1m.", show_default=False)]
AsOfOption = Annotated[
    str | None,
    typer.Option(help="A version number, or a time (2026-11-24T10:00:00Z); default: the newest.", show_default=False),
]
WhereOption = Annotated[str, typer.Option(help="An SQL condition over the table's columns; times are UTC.")]
_MEDIA = {"csv": "text/csv", "json": "application/x-ndjson"}


def history(
    table: TableArgument,
    limit: Annotated[int, typer.Option(min=1, help="How many versions, the newest first.")] = 20,
    lake: LakeOption = None,
    json: JsonFlag = False,
) -> None:
    """Show the versions of a table that can be read: when, what, how much."""
    opened = Lake.open(load_settings(lake=lake).lake)
    find_table(table)
    versions = sorted(opened.versions(table), reverse=True)[:limit]
    commits = [commit for version in versions if (commit := read_commit(opened.path(table), version))]
    if json:
        say_json([_entry(commit) for commit in commits])
        return
    shown = Table("version", "committed", "operation", "rows added", "files added", "files removed", "of")
    for entry in map(_entry, commits):
        shown.add_row(*(str(value) for value in entry.values()))
    console.print(shown)


def _entry(commit: Commit) -> dict[str, object]:
    return {
        "version": commit.version,
        "committed": isoformat(commit.timestamp),
        "operation": commit.operation,
        "rows_added": sum(file.rows for file in commit.adds),
        "files_added": len(commit.adds),
        "files_removed": len(commit.removes),
        "of": msgspec.json.encode(
            {k: v for k, v in commit.metadata.items() if k not in ("versions", "timing", "after")}
        ).decode(),
    }


def read(
    table: TableArgument,
    as_of: AsOfOption = None,
    where: WhereOption = "true",
    limit: Annotated[int, typer.Option(min=1, help="How many rows, in the order of the table's key.")] = 20,
    form: Annotated[str, typer.Option("--format", help="table, csv or json (one object a line).")] = "table",
    lake: LakeOption = None,
) -> None:
    """Print rows of a table, as they are or as they were."""
    definition = find_table(table)
    if form not in ("table", *_MEDIA):
        raise UsageError(f"--format {form!r} is none of table, csv, json.")
    with snapshot_of(load_settings(lake=lake), table, as_of) as snapshot:
        rows = snapshot.select(definition, where, limit)
    if form != "table":
        sys.stdout.buffer.write(TABULAR[_MEDIA[form]](rows))
        return
    shown = Table(*rows.column_names, caption=f"{table} version {snapshot.versions[table]}")
    for row in rows_of(rows):
        shown.add_row(*("" if value is None else escape(str(value)) for value in row.values()))
    console.print(shown)


@contextmanager
def snapshot_of(settings: Settings, table: str, as_of: str | None) -> Iterator[Snapshot]:
    """The lake as it is or was; a mere number is a version of this table."""
    with catalog_of(settings) as catalog:
        yield catalog.snapshot(point(table, as_of))


@contextmanager
def catalog_of(settings: Settings) -> Iterator[Catalog]:
    """The lake as it is now and as it was; it is not followed."""
    catalog = Catalog(
        Lake.open(settings.lake),
        SystemClock(),
        poll=timedelta(seconds=1),
        memory_mb=settings.catalog_memory_mb,
        gold_mb=settings.gold_memory_mb,
    )
    with closing(catalog):
        yield catalog


def point(table: str, asked: str | None) -> str | None:
    """What `Catalog.snapshot` takes for the number of a version of a table, or a time."""
    return f"{table}={asked}" if asked and asked.isdigit() else asked
