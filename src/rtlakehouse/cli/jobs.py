"""`rtl jobs`: what the running engine is asked to do, does and did."""

from __future__ import annotations

from contextlib import closing
from enum import Enum
from typing import Annotated, Any

import typer
from rich.table import Table

from rtlakehouse.cli.options import JsonFlag, LakeOption, console, say_json
from rtlakehouse.clock import SystemClock, isoformat
from rtlakehouse.control import Job, JobKind, Jobs, Store, local_user
from rtlakehouse.errors import UsageError
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.jobs import options_of
from rtlakehouse.settings import load_settings
from rtlakehouse.storage.lake import Lake

__all__ = ["jobs"]

_SHOWN = 50


class Action(Enum):
    """What can be done with jobs."""

    LIST = "list"
    ASK = "ask"
    SHOW = "show"
    CANCEL = "cancel"


def jobs(
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.LIST,
    which: Annotated[
        str | None,
        typer.Argument(help=f"Of show and cancel: the job. Of ask: {', '.join(JobKind)}.", show_default=False),
    ] = None,
    tables: Annotated[
        list[str] | None, typer.Argument(help="Of ask: tables (default: all), such as silver.events.", show_default=False)
    ] = None,
    why: Annotated[str, typer.Option(help="Of ask: kept with the job.", show_default=False)] = "",
    lake: LakeOption = None,
    json: JsonFlag = False,
) -> None:
    """Ask the engine that runs for upkeep, a snapshot or a check; list such jobs, show one, cancel one.

    The engine does them one at a time, a step between two batches. `rtl optimize` and the others do the same at once, where no
    engine runs.
    """
    settings = load_settings(lake=lake)
    Lake.open(settings.lake)
    with closing(Store.open(settings)) as store:
        known = Jobs(store, SystemClock(), local_user())
        if action is Action.LIST:
            _say(known.newest(_SHOWN), json=json)
            return
        if action is Action.ASK:
            found = _asked(known, which, tables or [], why)
        else:
            found = (known.get if action is Action.SHOW else known.cancel)(_number(which))
    _say_one(found, json=json)


def _asked(known: Jobs, kind: str | None, tables: list[str], why: str) -> Job:
    if kind not in list(JobKind):
        raise UsageError(f"`rtl jobs ask` takes one of {', '.join(JobKind)}.")
    options = {"tables": tables} if tables else {}
    options_of(JobKind(kind), options)
    return known.ask(DEFAULT_TENANT, JobKind(kind), options, why)


def _number(text: str | None) -> int:
    if text is None or not text.isdecimal():
        raise UsageError("Name one job by its number, as `rtl jobs list` does.")
    return int(text)


def _say(found: list[Job], *, json: bool) -> None:
    if json:
        say_json([_entry(job) for job in found])
        return
    shown = Table("job", "kind", "state", "steps", "asked for", "ended", "why", "error")
    for job in found:
        steps = f"{job.done} of {job.steps}" if job.steps else ""
        ended = isoformat(job.ended_at) if job.ended_at else ""
        shown.add_row(str(job.id), job.kind, job.state, steps, isoformat(job.created_at), ended, job.why, job.error or "")
    console.print(shown)


def _say_one(job: Job, *, json: bool) -> None:
    if json:
        say_json(_entry(job))
        return
    _say([job], json=False)
    for row in job.result or []:
        console.print("  ".join(str(value) for value in row.values() if value not in ("", None)), highlight=False, soft_wrap=True)


def _entry(job: Job) -> dict[str, Any]:
    times = {name: getattr(job, name) for name in ("created_at", "started_at", "ended_at")}
    return {
        **{name: getattr(job, name) for name in ("id", "tenant_id", "kind", "options", "why", "state", "attempts")},
        **{name: isoformat(value) if value else None for name, value in times.items()},
        **{name: getattr(job, name) for name in ("steps", "done", "result", "error")},
    }
