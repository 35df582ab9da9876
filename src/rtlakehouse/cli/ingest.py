"""`rtl ingest`: replay files through the same path as live events."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import pyarrow.compute as pc
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from rtlakehouse.cli.options import JsonFlag, LakeOption, console, errors, require_tenant, say_json
from rtlakehouse.clock import Clock, SystemClock
from rtlakehouse.contract.mapping import load_mapping
from rtlakehouse.errors import UsageError
from rtlakehouse.failpoints import arm
from rtlakehouse.home import opened_home
from rtlakehouse.ingest.files import FileSource, open_file
from rtlakehouse.observability.logging import configure
from rtlakehouse.observability.otlp import start_tracing
from rtlakehouse.refining import Refining, refining
from rtlakehouse.settings import load_settings
from rtlakehouse.storage.lake import Lake

__all__ = ["ingest"]

_COUNTS = ("received", "accepted", "duplicates", "quarantined", "late")


@dataclass(frozen=True)
class _Outcome:
    """What the ledger says of one file."""

    file: str
    replayed_now: int
    received: int
    accepted: int
    duplicates: int
    quarantined: int
    late: int


def ingest(
    files: Annotated[
        list[Path], typer.Argument(help="JSON lines, CSV, TSV (also .gz, .bz2, .zst) or Parquet.", show_default=False)
    ],
    mapping: Annotated[
        Path | None, typer.Option(help="YAML that maps the columns of CSV or Parquet to events.", show_default=False)
    ] = None,
    tenant: Annotated[str, typer.Option(help="Whose events these are.")] = "default",
    received: Annotated[
        str,
        typer.Option(help="[bold]event[/bold]: received when they happened, so none is late; [bold]now[/bold]: received now."),
    ] = "event",
    rate: Annotated[float | None, typer.Option(min=1, help="At most this many events a second.", show_default=False)] = None,
    json: JsonFlag = False,
    lake: LakeOption = None,
) -> None:
    """Replay files through the same path as live events, up to gold.

    Run twice on the same file it does nothing the second time; interrupted, it goes on where it stopped. Where an engine runs on
    the lake, that one does the work; else this command does.
    """
    settings = load_settings(lake=lake)
    configure(settings, "ingest")
    start_tracing(settings, "ingest")
    arm(settings.failpoints)
    if received not in ("event", "now"):
        raise UsageError(f"--received {received!r} is neither `event` nor `now`.")
    require_tenant(tenant)
    rules = load_mapping(mapping) if mapping else None
    sources = [open_file(path, tenant, rules, received_now=received == "now") for path in files]
    clock = SystemClock()
    with ExitStack() as stack:
        home = stack.enter_context(opened_home(settings, clock))
        opened = Lake.create(settings.lake)
        home.keep(opened, lambda: None)  # an error is told when it is closed
        refiner = stack.enter_context(refining(settings, opened, clock))
        bars = stack.enter_context(_bars(quiet=json))
        replayed = [_replay(source, opened, clock, settings.ingest_chunk_events, rate, refiner, bars) for source in sources]
        refiner.finish()
    outcomes = [_outcome(opened, source, count) for source, count in zip(sources, replayed, strict=True)]
    if json:
        say_json([asdict(outcome) for outcome in outcomes])
    else:
        console.print(_table(outcomes))


def _replay(
    source: FileSource, lake: Lake, clock: Clock, chunk: int, rate: float | None, refiner: Refining, bars: Progress
) -> int:
    """Replay one file; the number of records that this run added."""
    bar = bars.add_task(source.path.name, total=None)
    added = 0
    for progress in source.replay(lake, clock, chunk, rate=rate):
        bars.update(bar, total=progress.total, completed=progress.records)
        added = progress.records - progress.resumed_from
        refiner.keep_up()
    bars.update(bar, total=progress.records, completed=progress.records)
    return added


def _bars(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} events"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=errors,
        disable=quiet or not errors.is_terminal,
    )


def _outcome(lake: Lake, source: FileSource, replayed: int) -> _Outcome:
    ledger = lake.read("ops.ledger")
    rows = ledger.filter(pc.equal(ledger["topic"], source.topic))
    return _Outcome(str(source.path), replayed, *(pc.sum(rows[name]).as_py() or 0 for name in _COUNTS))


def _table(outcomes: list[_Outcome]) -> Table:
    table = Table("file", "replayed now", *_COUNTS, title="All of these files that is in the lake")
    for outcome in outcomes:
        counts = (outcome.replayed_now, *(getattr(outcome, name) for name in _COUNTS))
        table.add_row(Path(outcome.file).name, *(f"{count:,}" for count in counts))
    for column in table.columns[1:]:
        column.justify = "right"
    return table
