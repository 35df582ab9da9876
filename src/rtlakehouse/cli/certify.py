"""`rtl certify`: do both engines make the same tables of the same records?"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from rtlakehouse.certificate import Line, simulated
from rtlakehouse.certificate import certify as compared
from rtlakehouse.cli.options import JsonFlag, MasterOption, console, say_json
from rtlakehouse.clock import SystemClock
from rtlakehouse.contract.mapping import load_mapping
from rtlakehouse.errors import UsageError
from rtlakehouse.ingest.files import open_file
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.kafka.extra import require_extra
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import Settings, load_settings
from rtlakehouse.storage.lake import Lake

__all__ = ["certify"]

_ENGINES = ("embedded", "spark")
# The same records on every run: of this moment, by this seed.
_START = datetime(2026, 1, 5, 23, 58, tzinfo=UTC)
_EVENTS = 200_000


def certify(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files to replay (default: simulated events).", show_default=False)
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="YAML that maps the columns of CSV or Parquet to events.", show_default=False)
    ] = None,
    events: Annotated[
        int | None,
        typer.Option(min=1, help="Simulated events (default: 200,000, or none where there are files).", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed makes other events.")] = 1,
    kafka: Annotated[
        str | None,
        typer.Option(
            help="Brokers, HOST:PORT, or local: the records go through a topic that is made for them, and removed.",
            show_default=False,
        ),
    ] = None,
    topic: Annotated[
        str | None, typer.Option(help="A topic with records, in place of files and simulated events.", show_default=False)
    ] = None,
    master: MasterOption = None,
    json: JsonFlag = False,
) -> None:
    """Run the same records through both engines, in lakes of its own, and compare every table by a hash of its rows.

    With --kafka or --topic each engine reads a topic as it would in operation, up to where that ends now. Exit code 1 where a
    table differs.
    """
    if topic and (files or events):
        raise UsageError("Name files or a number of events, or with --topic one that has records already; not both.")
    settings = load_settings(spark_master=master, kafka=kafka, kafka_topic=topic)
    configure(settings, "certify")
    with tempfile.TemporaryDirectory(prefix="rtl-certify-") as name:
        folder = Path(name)
        if topic:
            lines = _of_topic(settings, folder)
        else:
            bronze = Lake.create(folder / "bronze")
            if events or not files:
                simulated(bronze, events or _EVENTS, seed, _START, settings.ingest_chunk_events)
            _replay(bronze, settings, files or (), mapping)
            lines = _of_bronze(settings, folder, bronze, through_kafka=kafka is not None)
    _say(lines, json)
    if not all(line.equal for line in lines):
        raise typer.Exit(1)


def _replay(bronze: Lake, settings: Settings, files: Sequence[Path], mapping: Path | None) -> None:
    rules = load_mapping(mapping) if mapping else None
    for path in files:
        source = open_file(path, DEFAULT_TENANT, rules, received_now=False)
        for _ in source.replay(bronze, SystemClock(), settings.ingest_chunk_events):
            pass


def _of_bronze(settings: Settings, folder: Path, bronze: Lake, *, through_kafka: bool) -> list[Line]:
    if not through_kafka:
        return list(compared(settings, bronze, folder, _ENGINES, SystemClock()))
    require_extra()
    from rtlakehouse.certificate.producing import produced

    with produced(settings, bronze, SystemClock()) as own:
        return _of_topic(own, folder)


def _of_topic(settings: Settings, folder: Path) -> list[Line]:
    require_extra()
    from rtlakehouse.certificate.through_kafka import certify_topic

    return list(certify_topic(settings, folder, _ENGINES, SystemClock()))


def _say(lines: list[Line], json: bool) -> None:
    if json:
        say_json([asdict(line) | {"equal": line.equal} for line in lines])
        return
    # A hash is shown whole, on two lines where the terminal is narrow.
    hashes = [Column(engine, overflow="fold") for engine in _ENGINES]
    table = Table("table", "rows", *hashes, "equal")
    for line in lines:
        mark = "[green]yes[/green]" if line.equal else "[red]NO[/red]"
        table.add_row(line.table, f"{line.rows:,}", *(line.hashes[engine] for engine in _ENGINES), mark)
    console.print(table)
