"""A job that the engine does, followed by who asked for it: a bar while it runs, then what its steps did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rtlakehouse.cli.options import console, errors, say_json
from rtlakehouse.clock import Clock
from rtlakehouse.control import Job, JobKind, Jobs, JobState
from rtlakehouse.errors import RebuildError

__all__ = ["ENDED", "Moved", "Rows", "followed", "progress_bar", "result_of", "say_steps"]

Rows = list[dict[str, Any]]
# Told how many steps are behind, and how many there are.
Moved = Callable[[int, int], None]
_LOOK_S = 0.2
ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


def followed(jobs: Jobs, job: Job, clock: Clock, moved: Moved) -> Rows:
    """What a job did, once the engine that runs has done it. Raises as `result_of`."""
    errors.print(f"The engine that runs does it, as job {job.id}; `rtl jobs cancel {job.id}` ends it.", highlight=False)
    while job.state not in ENDED:
        clock.sleep(_LOOK_S)
        job = jobs.get(job.id)
        moved(job.done, job.steps)
    return result_of(job)


def result_of(job: Job) -> Rows:
    """What an ended job did. Raises RebuildError where it was not done."""
    if job.state is not JobState.DONE:
        raise RebuildError(f"Job {job.id} {job.state}: {job.error or 'nothing was changed'}")
    return job.result or []


@contextmanager
def progress_bar(kind: JobKind, *, quiet: bool) -> Iterator[Moved]:
    """A bar on a terminal, moved by what this gives."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("steps"), TimeElapsedColumn())
    with Progress(*columns, console=errors, disable=quiet or not errors.is_terminal) as bars:
        bar = bars.add_task(kind, total=None)
        yield lambda done, steps: bars.update(bar, completed=done, total=steps or None)


def say_steps(rows: Rows, *, json: bool) -> None:
    """What steps did, or would do, a line each."""
    if json:
        say_json(rows)
        return
    for row in rows:
        console.print(f"{row.get('table', ''):<20} {row['detail']}".strip(), highlight=False, soft_wrap=True)
