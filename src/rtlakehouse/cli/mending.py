"""`rtl backfill`, `rtl restore` and `rtl retain`: silver and gold once more from bronze, or as they were; what is over goes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Annotated, Any

import typer

from rtlakehouse.assembly import make_pipeline
from rtlakehouse.cli.following import Moved, Rows, followed, progress_bar, say_steps
from rtlakehouse.cli.options import DryRun, JsonFlag, LakeOption
from rtlakehouse.cli.recording import record
from rtlakehouse.cli.working import require_engine_here, working_on
from rtlakehouse.clock import SystemClock
from rtlakehouse.control import Action, JobKind, Jobs, Store, local_user
from rtlakehouse.errors import LakeLockedError, UsageError
from rtlakehouse.failpoints import arm
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.jobs import make_works, options_of
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import Settings, load_settings
from rtlakehouse.storage.lake import Lake

__all__ = ["backfill", "restore", "retain"]


def backfill(
    start: Annotated[str, typer.Option("--from", help="First minute, with an offset: 2026-11-24T10:00:00Z.", show_default=False)],
    end: Annotated[str, typer.Option("--to", help="First minute after the range.", show_default=False)],
    why: Annotated[str, typer.Option(help="Kept with the job, where an engine does it.", show_default=False)] = "",
    lake: LakeOption = None,
    dry_run: DryRun = False,
    json: JsonFlag = False,
) -> None:
    """Work silver and gold of a range of event time out again from bronze, by the rules of today, and change what differs.

    On a lake that is as it should be it changes nothing. Where an engine runs on the lake, that one does it, as a job; else this
    command does.
    """
    settings = load_settings(lake=lake)
    configure(settings, "backfill")
    arm(settings.failpoints)
    options = {"start": _instant(start), "end": _instant(end)}
    options_of(JobKind.BACKFILL, options)
    say_steps(_done(settings, JobKind.BACKFILL, options, why, dry_run=dry_run, quiet=json), json=json)


def restore(
    table: Annotated[str, typer.Argument(help="A table of silver or gold, such as silver.events.", show_default=False)],
    version: Annotated[int, typer.Option("--version", help="The version of it, as `rtl history` lists.", show_default=False)],
    start: Annotated[
        str | None, typer.Option("--from", help="First minute of a range (default: all).", show_default=False)
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="First minute after the range.", show_default=False)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    why: Annotated[str, typer.Option(help="Kept with the job, where an engine does it.", show_default=False)] = "",
    lake: LakeOption = None,
    dry_run: DryRun = False,
    json: JsonFlag = False,
) -> None:
    """Set a table, and all that go along, to what they were at an earlier version, after showing what would change.

    What was received since keeps what it has, and bronze is never changed. Where an engine runs on the lake, that one does it.
    """
    settings = load_settings(lake=lake)
    configure(settings, "restore")
    arm(settings.failpoints)
    options: dict[str, Any] = {"tables": [table], "version": version}
    options |= {name: _instant(text) for name, text in (("start", start), ("end", end)) if text}
    works = make_works(settings, Lake.open(settings.lake), SystemClock())
    trial = works.restore(options_of(JobKind.RESTORE, options), DEFAULT_TENANT, dry_run=True)
    rows = [row for act in trial.acts() for row in act()]
    if dry_run:
        say_steps(rows, json=json)
        return
    if not yes:
        say_steps(rows, json=False)
        typer.confirm("Do this?", abort=True)
    options["token"] = trial.token
    say_steps(_done(settings, JobKind.RESTORE, options, why, dry_run=False, quiet=json), json=json)


def retain(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    why: Annotated[str, typer.Option(help="Kept with the job, where an engine does it.", show_default=False)] = "",
    lake: LakeOption = None,
    dry_run: DryRun = False,
    json: JsonFlag = False,
) -> None:
    """Let go of what the tables have had for longer than `retention_days`, after showing what that is.

    It cannot be undone. An engine that runs does it by itself, every hour. Where one runs on the lake, that one does it; else
    this command does.
    """
    settings = load_settings(lake=lake)
    configure(settings, "retain")
    arm(settings.failpoints)
    if dry_run or not yes:
        would = _done(settings, JobKind.RETAIN, {}, why, dry_run=True, quiet=json)
        is_all = dry_run or not any("table" in row for row in would)  # what goes is of a table
        say_steps(would, json=json and is_all)
        if is_all:
            return
        typer.confirm("Do this?", abort=True)
    say_steps(_done(settings, JobKind.RETAIN, {}, why, dry_run=False, quiet=json), json=json)


def _done(settings: Settings, kind: JobKind, options: Mapping[str, Any], why: str, *, dry_run: bool, quiet: bool) -> Rows:
    """What the steps of a job did: done here where the lake is free, else by the engine that has it."""
    clock = SystemClock()
    with progress_bar(kind, quiet=quiet) as moved:
        if dry_run:
            return _here(settings, Lake.open(settings.lake), kind, options, moved, dry_run=True)
        try:
            with working_on(settings, clock) as mended:
                make_pipeline(settings, mended, clock).recover()
                record(settings, Action(f"tables.{kind}"), **options, why=why)
                return _here(settings, mended, kind, options, moved, dry_run=False)
        except LakeLockedError as error:
            require_engine_here(settings, error)
            return _by_engine(settings, kind, options, why, moved)


def _here(settings: Settings, lake: Lake, kind: JobKind, options: Mapping[str, Any], moved: Moved, *, dry_run: bool) -> Rows:
    works = make_works(settings, lake, SystemClock())
    acts = works.acts(kind, options_of(kind, options), DEFAULT_TENANT, dry_run=dry_run)
    rows: Rows = []
    for number, act in enumerate(acts, 1):
        rows += act()
        moved(number, len(acts))
    return rows


def _by_engine(settings: Settings, kind: JobKind, options: Mapping[str, Any], why: str, moved: Moved) -> Rows:
    clock = SystemClock()
    with closing(Store.open(settings)) as store:
        jobs = Jobs(store, clock, local_user())
        return followed(jobs, jobs.ask(DEFAULT_TENANT, kind, options, why), clock, moved)


def _instant(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no time; write one with an offset, such as 2026-11-24T10:00:00Z.") from None
    return text
