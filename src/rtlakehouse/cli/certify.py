"""`rtl certify`: do both engines make the same tables of the same records?"""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from rtlakehouse.certificate import Line, simulated
from rtlakehouse.certificate import certify as compared
from rtlakehouse.cli.options import JsonFlag, MasterOption, console, say_json
from rtlakehouse.clock import SystemClock
from rtlakehouse.contract.mapping import load_mapping
from rtlakehouse.ingest.files import open_file
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import load_settings
from rtlakehouse.storage.lake import Lake

__all__ = ["certify"]

_ENGINES = ("embedded", "spark")
# The same records on every run: of this moment, by this seed.
_START = datetime(2026, 1, 5, 23, 58, tzinfo=UTC)


def certify(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files to replay (default: simulated events).", show_default=False)
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="YAML that maps the columns of CSV or Parquet to events.", show_default=False)
    ] = None,
    events: Annotated[int, typer.Option(min=1, help="Simulated events, where no file is given.")] = 200_000,
    seed: Annotated[int, typer.Option(help="Another seed makes other events.")] = 1,
    master: MasterOption = None,
    json: JsonFlag = False,
) -> None:
    """Run the same records through both engines, in lakes of its own, and compare every table by a hash of its rows.

    Exit code 1 where one differs.
    """
    settings = load_settings(spark_master=master)
    configure(settings, "certify")
    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="rtl-certify-") as folder:
        bronze = Lake.create(Path(folder) / "bronze")
        if files:
            rules = load_mapping(mapping) if mapping else None
            for path in files:
                for _ in open_file(path, "default", rules, received_now=False).replay(
                    bronze, clock, settings.ingest_chunk_events
                ):
                    pass
        else:
            simulated(bronze, events, seed, _START, settings.ingest_chunk_events)
        lines = list(compared(settings, bronze, Path(folder), _ENGINES, clock))
    _say(lines, json)
    if not all(line.equal for line in lines):
        raise typer.Exit(1)


def _say(lines: list[Line], json: bool) -> None:
    if json:
        say_json([asdict(line) | {"equal": line.equal} for line in lines])
        return
    table = Table("table", "rows", *_ENGINES, "equal")
    for line in lines:
        mark = "[green]yes[/green]" if line.equal else "[red]NO[/red]"
        table.add_row(line.table, f"{line.rows:,}", *(line.hashes[engine] for engine in _ENGINES), mark)
    console.print(table)
