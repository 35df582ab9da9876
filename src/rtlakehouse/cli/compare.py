"""`rtl compare`: what differs between two versions of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from rtlakehouse.api.formats import plain
from rtlakehouse.catalog.comparison import Comparison, Difference, RowChange
from rtlakehouse.catalog.comparison import compare as compare_versions
from rtlakehouse.cli.history import TableArgument, catalog_of, point
from rtlakehouse.cli.options import LakeOption, console, say_json
from rtlakehouse.errors import UsageError
from rtlakehouse.medallion.graph import table as find_table
from rtlakehouse.settings import load_settings

__all__ = ["compare"]


def compare(
    table: TableArgument,
    before: Annotated[
        str, typer.Argument(metavar="FROM", help="A version number, or a time (2026-11-24T10:00:00Z).", show_default=False)
    ],
    after: Annotated[
        str | None, typer.Argument(metavar="TO", help="Another, as FROM; default: the newest.", show_default=False)
    ] = None,
    only: Annotated[Difference | None, typer.Option(help="Show only rows of this kind.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows, in the order of the table's key.")] = 20,
    form: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
    lake: LakeOption = None,
) -> None:
    """Show which rows of a table were added, removed or changed from one version to another."""
    definition = find_table(table)
    if form not in ("table", "json"):
        raise UsageError(f"--format {form!r} is none of table, json.")
    with catalog_of(load_settings(lake=lake)) as catalog:
        old, new = catalog.snapshot(point(table, before)), catalog.snapshot(point(table, after))
        found = compare_versions(old, new, definition, only=only, limit=limit)
    versions = {"from_version": old.versions[table], "to_version": new.versions[table]}
    if form == "json":
        say_json({"table": table, **versions, **_document(found)})
        return
    console.print(_shown(found, definition.key))
    told = ", ".join(f"{count:,} {change}" for change, count in found.counts.items())
    console.print(
        f"{table} from version {old.versions[table]} to {new.versions[table]}: {told} ({found.files:,} files read)",
        soft_wrap=True,
    )


def _document(found: Comparison) -> dict[str, Any]:
    rows = [{name: _plain(value) for name, value in asdict(row).items()} for row in found.changes]
    return {"counts": found.counts, "read": {"files": found.files, "rows": found.rows}, "data": rows}


def _plain(value: Any) -> Any:
    return {name: plain(member) for name, member in value.items()} if isinstance(value, dict) else value


def _shown(found: Comparison, key: tuple[str, ...]) -> Table:
    shown = Table("change", *key, Column("values", overflow="fold"))
    for row in found.changes:
        # Values may hold what looks like markup.
        shown.add_row(row.change, *(escape(_text(row.key[name])) for name in key), escape(_values(row)))
    return shown


def _values(row: RowChange) -> str:
    if row.before is not None and row.after is not None:
        return ", ".join(f"{name} {_text(row.before[name])} → {_text(value)}" for name, value in row.after.items())
    whole: Mapping[str, Any] = row.after or row.before or {}
    return ", ".join(f"{name} {_text(value)}" for name, value in whole.items() if name not in row.key and value is not None)


def _text(value: Any) -> str:
    return "-" if value is None else str(plain(value))
