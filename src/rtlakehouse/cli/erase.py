"""`rtl erase`: a user's events out of every table, and out of the past of every table."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import msgspec
import typer

from rtlakehouse.assembly import make_lane, make_pipeline
from rtlakehouse.cli.following import ENDED, Moved, followed, progress_bar, result_of, say_steps
from rtlakehouse.cli.options import DryRun, JsonFlag, LakeOption, console, require_tenant, say_json
from rtlakehouse.cli.working import require_engine_here, working_on
from rtlakehouse.clock import SystemClock, isoformat
from rtlakehouse.control import Action, Audit, Job, JobKind, Jobs, Store, local_user
from rtlakehouse.errors import LakeLockedError
from rtlakehouse.failpoints import arm
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.jobs import make_works
from rtlakehouse.mending import Person, Search
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import Settings, load_settings
from rtlakehouse.storage.erasures import DONE, Checked, Erasures, Wanted, asked_for
from rtlakehouse.storage.lake import Lake

__all__ = ["erase"]


def erase(
    user: Annotated[str, typer.Argument(help="The user_id, as events have it.", show_default=False)],
    tenant: Annotated[str, typer.Option(help="Whose user it is.")] = DEFAULT_TENANT,
    why: Annotated[str, typer.Option(help="Kept with the certificate; do not name the user.", show_default=False)] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    break_pins: Annotated[bool, typer.Option("--break-pins", help="Remove the pins that keep earlier versions.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only look for the user in all files of the lake.")] = False,
    lake: LakeOption = None,
    dry_run: DryRun = False,
    json: JsonFlag = False,
) -> None:
    """Erase a user: what was received of them, and all that was made of it. It cannot be undone.

    All versions of all tables before it can be read no more. Where an engine runs on the lake, that one does it, as a job; else
    this command does, and the next start goes on where one was ended. A certificate says what was done.
    """
    settings = load_settings(lake=lake)
    configure(settings, "erase")
    arm(settings.failpoints)
    opened, clock = Lake.open(settings.lake), SystemClock()
    require_tenant(tenant)
    wanted = asked_for(Wanted(tenant, user, isoformat(clock.now()), local_user(), why, break_pins))
    if check:
        _say_checked(opened, wanted, json=json)
        return
    rows = [row for act in make_works(settings, opened, clock).erasure(wanted) for row in act()]
    if dry_run:
        say_steps(rows, json=json)
        return
    if not yes:
        say_steps(rows, json=False)
        typer.confirm("Erase this user, and all earlier versions of all tables?", abort=True)
    with progress_bar(JobKind.ERASE, quiet=json) as moved:
        erasure_id, steps = _done(settings, opened, wanted, moved)
    _say_done(opened, erasure_id, steps, json=json)


def _done(settings: Settings, lake: Lake, wanted: Wanted, moved: Moved) -> tuple[str, list[dict[str, object]]]:
    """The erasure's id, and what its steps did: here where nobody works on the lake, else by the engine that does."""
    clock = SystemClock()
    with closing(Store.open(settings)) as store:
        jobs = Jobs(store, clock, wanted.asked_by)
        try:
            with working_on(settings, clock) as mended:
                erasure_id, job = _asked(store, jobs, mended, wanted)
                return erasure_id, result_of(_worked(settings, mended, jobs, job, moved))
        except LakeLockedError as error:
            require_engine_here(settings, error)
            erasure_id, job = _asked(store, jobs, lake, wanted)
            return erasure_id, followed(jobs, job, clock, moved)


def _asked(store: Store, jobs: Jobs, lake: Lake, wanted: Wanted) -> tuple[str, Job]:
    """The erasure's id, and its job. From here on it happens, come what may."""
    erasures = Erasures(lake)
    erasure_id = erasures.ask(wanted)
    subject = erasures.subject(wanted.tenant_id, wanted.user_id)
    audit = Audit(store, SystemClock())
    audit.record(wanted.tenant_id, wanted.asked_by, Action.USER_ERASE, subject, erasure=erasure_id, why=wanted.why)
    return erasure_id, jobs.ask(wanted.tenant_id, JobKind.ERASE, {"erasure": erasure_id}, wanted.why)


def _worked(settings: Settings, mended: Lake, jobs: Jobs, job: Job, moved: Moved) -> Job:
    """The job, once it has ended: this process is the engine until then, and does those that waited before it."""
    clock = SystemClock()
    with closing(make_lane(settings, mended, clock)) as lane:
        pipeline = make_pipeline(settings, mended, clock, lane=lane)
        pipeline.recover()
        pipeline.drain()
        while job.state not in ENDED:
            pipeline.turn()
            job = jobs.get(job.id)
            moved(job.done, job.steps)
        pipeline.drain()
    return job


def _say_done(lake: Lake, erasure_id: str, steps: list[dict[str, object]], *, json: bool) -> None:
    certificate = Erasures(lake).find(erasure_id)
    if json:
        say_json({"steps": steps, "certificate": certificate and msgspec.to_builtins(certificate)})
        return
    say_steps(steps, json=False)
    if certificate is not None:
        console.print(f"Certificate: {Erasures(lake).path(erasure_id)}", highlight=False, soft_wrap=True)


def _say_checked(lake: Lake, wanted: Wanted, *, json: bool) -> None:
    """What is in the lake of a user who may have been erased. Exit code 1 where anything is that should not be."""
    erasures = Erasures(lake)
    subject = erasures.subject(wanted.tenant_id, wanted.user_id)
    before = [found for found in erasures.list(wanted.tenant_id) if found.subject == subject and found.state == DONE]
    search = Search(lake, Person(wanted.tenant_id, wanted.user_id), before[0].upto if before else ())
    search.part(0, 1)
    checked = search.found(wanted.asked_at)
    ids = [found.id for found in before]
    if json:
        say_json({"erasures": ids, "checked": msgspec.to_builtins(checked)})
    else:
        console.print(_told(checked, ids), highlight=False, soft_wrap=True)
    if checked.records or checked.texts:
        raise typer.Exit(1)


def _told(checked: Checked, ids: list[str]) -> str:
    said = [
        f"Erased: {', '.join(ids) or 'never'}. {checked.files:,} files were read; {checked.records:,} records are of the user."
    ]
    if checked.since:
        said.append(f"{checked.since:,} records came after the erasure.")
    if checked.mentions:
        said.append(f"{checked.mentions:,} records of others hold the id in another member.")
    if checked.texts or checked.control_store:
        said.append(f"The id is in {', '.join((*checked.texts, *checked.control_store))}.")
    return " ".join(said)
