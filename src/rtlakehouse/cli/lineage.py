"""`rtl lineage`: what comes from what."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from rtlakehouse.api.app import create_app
from rtlakehouse.api.lineage.readers import endpoints
from rtlakehouse.api.lineage.service import column_lineage, impact, table_lineage
from rtlakehouse.cli.options import JsonFlag, console, say_json
from rtlakehouse.settings import load_settings

__all__ = ["lineage"]


def lineage(
    column: Annotated[
        str, typer.Argument(help="A column, such as gold.revenue_1m.net; none: the tables.", show_default=False)
    ] = "",
    downstream: Annotated[
        bool, typer.Option("--impact", help="What is made of it and who reads it, instead of what it is made of.")
    ] = False,
    member: Annotated[
        str, typer.Option(help="With --impact, of bronze.events.raw only this member of the record.", show_default=False)
    ] = "",
    json: JsonFlag = False,
) -> None:
    """Show what a column is made of, down to the bytes received, or what is made of it; read off the SQL. Needs no lake."""
    if not column:
        _show_tables(json)
    elif downstream:
        _show_impact(column, member, json)
    else:
        _show_column(column, json)


def _show_tables(json: bool) -> None:
    found = table_lineage()
    if json:
        say_json(found.model_dump())
        return
    shown = Table("table", "is computed from", "by")
    for edge in found.edges:
        shown.add_row(edge.target, edge.source, ", ".join(edge.by))
    console.print(shown)


def _show_column(column: str, json: bool) -> None:
    found = column_lineage(column)
    if json:
        say_json(found.model_dump())
        return
    shown = Table("column", "is made of", "by")
    for made in found.data:
        sources = dict.fromkeys(f"{s.column}{f' ({s.member})' if s.member else ''}" for s in made.sources if s.how == "value")
        shown.add_row(made.column, "\n".join(sources), made.by)
    console.print(shown)
    for step in found.data[0].steps:
        console.print(f"{step.name} = {step.expression}", highlight=False, markup=False, soft_wrap=True)


def _show_impact(column: str, member: str, json: bool) -> None:
    found = impact(column, member, endpoints(create_app(load_settings())))
    if json:
        say_json(found.model_dump())
        return
    shown = Table("what", "name", "how")
    for made in found.columns:
        shown.add_row("column", made.column, "its values" if made.how == "value" else "which rows count")
    for reader in found.readers:
        shown.add_row(reader.kind, reader.name, f"reads {len(reader.reads)} of these")
    console.print(shown)
