"""`rtl optimize`, `vacuum`, `checkpoint`, `snapshot`: upkeep by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from rtlakehouse.assembly import make_maintenance, make_pipeline, make_snapshots
from rtlakehouse.cli.options import DryRun, JsonFlag, LakeOption, console, say_json
from rtlakehouse.cli.recording import record
from rtlakehouse.cli.working import working_on
from rtlakehouse.clock import SystemClock
from rtlakehouse.control import Action
from rtlakehouse.failpoints import arm
from rtlakehouse.jobs import BY_HAND_FILES
from rtlakehouse.medallion.graph import TABLES, table
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import Settings, load_settings
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Maintenance, Outcome

__all__ = ["checkpoint", "optimize", "snapshot", "vacuum"]

TablesArgument = Annotated[
    list[str] | None, typer.Argument(help="Tables, such as silver.events (default: all).", show_default=False)
]


def optimize(names: TablesArgument = None, lake: LakeOption = None, dry_run: DryRun = False, json: JsonFlag = False) -> None:
    """Gather small files into larger ones. Stop the engine first: it does this by itself while it runs."""
    settings = load_settings(lake=lake, compact_files=BY_HAND_FILES)
    _upkeep(
        settings, Action.TABLE_OPTIMIZE, names, json, lambda upkeep, name: upkeep.compact(name, dry_run=dry_run), dry_run=dry_run
    )


def vacuum(
    names: TablesArgument = None,
    retention_hours: Annotated[
        float | None, typer.Option(min=0, help="Keep files needed within this time (default: the setting).", show_default=False)
    ] = None,
    lake: LakeOption = None,
    dry_run: DryRun = False,
    json: JsonFlag = False,
) -> None:
    """Delete files that no kept version and no reader needs. Versions older than the retention can then not be read any more."""
    retention = None if retention_hours is None else timedelta(hours=retention_hours)

    def act(upkeep: Maintenance, name: str) -> list[Outcome]:
        return upkeep.vacuum(name, dry_run=dry_run, retention=retention)

    _upkeep(load_settings(lake=lake), Action.TABLE_VACUUM, names, json, act, dry_run=dry_run)


def checkpoint(names: TablesArgument = None, lake: LakeOption = None, dry_run: DryRun = False, json: JsonFlag = False) -> None:
    """Write log checkpoints, from which tables open fast, and remove log entries past their keeping."""

    def both(upkeep: Maintenance, name: str) -> list[Outcome]:
        return [*upkeep.checkpoint(name, dry_run=dry_run), *upkeep.clean_log(name, dry_run=dry_run)]

    _upkeep(load_settings(lake=lake), Action.TABLE_CHECKPOINT, names, json, both, dry_run=dry_run)


def snapshot(lake: LakeOption = None, json: JsonFlag = False) -> None:
    """Write a Parquet snapshot of gold: a new folder with a manifest, published whole; old ones are pruned."""
    settings = load_settings(lake=lake)
    with _locked(settings) as opened:
        record(settings, Action.SNAPSHOT_WRITE)
        written = make_snapshots(settings, opened, SystemClock()).write()
    if json:
        say_json({"folder": written.folder, **written.manifest})
    else:
        console.print(f"{written.folder}", soft_wrap=True)


def _upkeep(
    settings: Settings,
    action: Action,
    names: list[str] | None,
    json: bool,
    act: Callable[[Maintenance, str], list[Outcome]],
    *,
    dry_run: bool,
) -> None:
    chosen = [table(name).name for name in names] if names else list(TABLES)
    with _locked(settings, as_it_is=dry_run) as opened:
        if not dry_run:
            record(settings, action, tables=chosen)
        upkeep = make_maintenance(settings, opened, SystemClock())
        outcomes = [outcome for name in chosen for outcome in act(upkeep, name)]
    if json:
        say_json([asdict(outcome) for outcome in outcomes])
    else:
        for outcome in outcomes:
            console.print(f"{outcome.table:<20} {outcome.action:<10} {outcome.detail}", highlight=False)
        if not outcomes:
            console.print("Nothing to do.")
    if any(outcome.is_fault for outcome in outcomes):
        raise typer.Exit(1)


@contextmanager
def _locked(settings: Settings, *, as_it_is: bool = False) -> Iterator[Lake]:
    """The lake under the engine's lock. A batch that a crash left half done is finished first, unless it is to stay `as_it_is`:
    compaction would mix its files with earlier ones, and a snapshot would show one table with it and another without."""
    configure(settings, "maintenance")
    arm(settings.failpoints)
    clock = SystemClock()
    if as_it_is:
        with (opened := Lake.open(settings.lake)).lock("engine", clock.now()):
            yield opened
        return
    with working_on(settings, clock) as mended:
        make_pipeline(settings, mended, clock).recover()
        yield mended
