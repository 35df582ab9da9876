"""The lane in which the engine does jobs: one at a time, a step between two batches, so that neither waits long for the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog

from rtlakehouse.clock import Clock
from rtlakehouse.control import Job, Jobs, JobState, Store
from rtlakehouse.errors import InvariantError, RtlError, StoreError
from rtlakehouse.jobs.kinds import Act, Works, options_of
from rtlakehouse.jobs.made import made_since, newest_versions

__all__ = ["JobLane"]

log = structlog.get_logger(__name__)

# How often the store is asked whether there is a job: a look takes a millisecond, and who asks for one can wait so long.
_LOOK_S = 0.5
_AFTER_FAULT_S = 5.0


class JobLane:
    """Does the jobs of a store. The holder of the engine lock has one, and calls `is_due` and `advance` between two batches.

    opened: opens the store; called when it is first needed, and again after it did not answer.
    """

    def __init__(self, opened: Callable[[], Store], works: Works, clock: Clock) -> None:
        self._opened = opened
        self._works = works
        self._clock = clock
        self._store: Store | None = None
        self._look_at = clock.monotonic()
        self._job: Job | None = None
        self._acts: deque[Act] = deque()
        self._steps = 0
        self._result: list[dict[str, Any]] = []
        self._made: dict[str, int] = {}

    def is_due(self) -> bool:
        """Whether there is a step to do: of the job at hand, or of the next one, for which the store is asked now and then.

        A store that does not answer is logged, and asked again later: the engine goes on without jobs.
        """
        if self._job is None and self._clock.monotonic() >= self._look_at:
            with self._without_store():
                self._job = self._next(self._jobs())
        return self._job is not None

    def advance(self) -> None:
        """One step of the job at hand, which may change any table. A store that does not answer as in `is_due`."""
        if self._job is not None:
            with self._without_store():
                self._step(self._jobs(), self._job)

    def close(self) -> None:
        """Let go of the store. A job at hand is begun again by whoever comes next."""
        if self._store is not None:
            self._store.close()
        self._store = None

    @contextmanager
    def _without_store(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            log.warning("jobs wait for the control store", why=str(error))
            self.close()
            self._let_go()
            self._look_at = self._clock.monotonic() + _AFTER_FAULT_S

    def _jobs(self) -> Jobs:
        if self._store is None:
            self._store = self._opened()
            # Whatever runs is what a predecessor left behind, or this lane when it lost the store.
            Jobs(self._store, self._clock).resume()
        return Jobs(self._store, self._clock)

    def _next(self, jobs: Jobs) -> Job | None:
        job = jobs.next()
        if job is None:
            self._look_at = self._clock.monotonic() + _LOOK_S
            return None
        log.info("a job begins", job=job.id, kind=job.kind, attempt=job.attempts)
        try:
            self._acts = deque(self._works.acts(job.kind, options_of(job.kind, job.options), job.tenant_id))
        except RtlError as error:
            self._fail(jobs, job, error)
            return None
        self._steps = len(self._acts)
        return job

    def _step(self, jobs: Jobs, job: Job) -> None:
        if not jobs.progress(job.id, self._steps - len(self._acts), self._steps):
            self._end(jobs, job, JobState.CANCELLED)
            return
        before = newest_versions(self._works.lake)
        try:
            self._result += self._acts.popleft()()
            self._made |= made_since(self._works.lake, before)
        except RtlError as error:
            self._fail(jobs, job, error)
            return
        if not self._acts:
            jobs.progress(job.id, self._steps, self._steps)
            fault = _fault(self._result)
            self._end(jobs, job, JobState.FAILED if fault else JobState.DONE, fault)

    def _fail(self, jobs: Jobs, job: Job, error: RtlError) -> None:
        """The engine goes on, unless a promise of the lake is broken."""
        self._end(jobs, job, JobState.FAILED, str(error))
        if isinstance(error, InvariantError):
            raise error

    def _end(self, jobs: Jobs, job: Job, state: JobState, error: str | None = None) -> None:
        jobs.end(job.id, state, [*self._result, *_versions(self._made)], error)
        log.info("a job has ended", job=job.id, kind=job.kind, state=state, error=error)
        self._let_go()

    def _let_go(self) -> None:
        """The next job, if there is one, begins at once."""
        self._job, self._acts, self._result, self._made = None, deque(), [], {}
        self._look_at = self._clock.monotonic()


def _versions(made: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"table": name, "action": "commit", "detail": f"version {version}", "version": version} for name, version in made.items()
    ]


def _fault(result: list[dict[str, Any]]) -> str | None:
    """What is wrong with what a job came to: an act that could not be done, or checks that found differences."""
    refrained = next((row["detail"] for row in result if row.get("is_fault")), None)
    broken = sum(not row.get("holds", True) for row in result)
    return refrained or (f"{broken} of {len(result)} checks failed." if broken else None)
