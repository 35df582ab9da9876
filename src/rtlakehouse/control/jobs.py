"""Jobs: work that somebody asks for and the engine does, in the order they came. They outlive whoever asked and whoever does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from rtlakehouse.clock import Clock
from rtlakehouse.control.audit import ITSELF, Action, record
from rtlakehouse.control.store import Store
from rtlakehouse.control.tables import JOBS
from rtlakehouse.errors import KeyReusedError, NotFoundError

__all__ = ["Job", "JobKind", "JobState", "Jobs"]

# A job that ends the engine each time it is begun is given up, lest the engine never does anything else.
_MOST_ATTEMPTS = 3


class JobKind(StrEnum):
    """What can be asked for."""

    OPTIMIZE = "optimize"
    VACUUM = "vacuum"
    CHECKPOINT = "checkpoint"
    SNAPSHOT = "snapshot"
    VERIFY = "verify"
    BACKFILL = "backfill"
    RESTORE = "restore"
    REINDEX = "reindex"
    ERASE = "erase"
    UNDO = "undo"
    RETAIN = "retain"


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Job:
    """tenant_id: whose key asked for it. steps, done: how many there are, and are behind. cancel: it is to end."""

    id: int
    tenant_id: str
    kind: JobKind
    options: Mapping[str, Any]
    why: str
    state: JobState
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    attempts: int
    cancel: bool
    steps: int
    done: int
    result: list[dict[str, Any]] | None
    error: str | None


class Jobs:
    """The jobs of a store."""

    def __init__(self, store: Store, clock: Clock, by: str = ITSELF) -> None:
        """by: who changes them, for the audit."""
        self._store = store
        self._clock = clock
        self._by = by

    def ask(
        self,
        tenant_id: str,
        kind: JobKind,
        options: Mapping[str, Any],
        why: str = "",
        *,
        key: str | None = None,
        digest: str = "",
    ) -> Job:
        """A new job, at the end of the queue; with a key that stands for one already, that one.

        digest: of what is asked for. Raises KeyReusedError where the key stands for something else.
        """
        with self._store.writing() as connection:
            if key is not None and (first := _of_key(connection, tenant_id, key)) is not None:
                if first.digest != digest:
                    raise KeyReusedError(f"The Idempotency-Key {key!r} stands for another job; use another. Nothing was queued.")
                return _job(first)
            new = {"tenant_id": tenant_id, "kind": kind, "options": dict(options), "why": why, "key": key, "digest": digest}
            begun = {"state": JobState.QUEUED, "attempts": 0, "cancel": False, "steps": 0, "done": 0}
            row = connection.execute(insert(JOBS).values(**new, **begun, created_at=self._clock.now()).returning(JOBS)).one()
            detail = {"kind": kind.value, **options, "why": why}
            record(connection, self._clock.now(), tenant_id, self._by, Action.JOB_ASK, str(row.id), detail)
            return _job(row)

    def newest(
        self, limit: int, before: int | None = None, state: JobState | None = None, tenant_id: str | None = None
    ) -> list[Job]:
        """Jobs with an id below `before`, of a tenant or of all, the newest first."""
        query = select(JOBS).order_by(JOBS.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(JOBS.c.id < before)
        if state is not None:
            query = query.where(JOBS.c.state == state)
        if tenant_id is not None:
            query = query.where(JOBS.c.tenant_id == tenant_id)
        with self._store.reading() as connection:
            return [_job(row) for row in connection.execute(query)]

    def get(self, job_id: int, tenant_id: str | None = None) -> Job:
        """One job of a tenant, or of any. Raises NotFoundError."""
        with self._store.reading() as connection:
            row = connection.execute(select(JOBS).where(JOBS.c.id == job_id)).one_or_none()
        if row is None or tenant_id not in (None, row.tenant_id):
            raise NotFoundError(f"There is no job {job_id}. GET /api/v1/jobs and `rtl jobs` list those there are.")
        return _job(row)

    def results(self, job_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
        """What jobs came to, of those that have ended."""
        query = select(JOBS.c.id, JOBS.c.result).where(JOBS.c.id.in_(job_ids), JOBS.c.result.is_not(None))
        with self._store.reading() as connection:
            return {row.id: row.result or [] for row in connection.execute(query)}

    def cancel(self, job_id: int, tenant_id: str | None = None) -> Job:
        """Have a job of a tenant, or of any, end: at once where it waits, after its step where it runs. Again changes nothing.

        Raises NotFoundError.
        """
        job = self.get(job_id, tenant_id)
        this = update(JOBS).where(JOBS.c.id == job_id)
        ended = {"state": JobState.CANCELLED, "cancel": True, "ended_at": self._clock.now()}
        with self._store.writing() as connection:
            waited = connection.execute(this.where(JOBS.c.state == JobState.QUEUED).values(**ended)).rowcount
            running = (JOBS.c.state == JobState.RUNNING) & ~JOBS.c.cancel
            if waited or connection.execute(this.where(running).values(cancel=True)).rowcount:
                record(connection, self._clock.now(), job.tenant_id, self._by, Action.JOB_CANCEL, str(job_id))
        return self.get(job_id)

    def resume(self) -> None:
        """Put what a former engine left running back to the front of the queue, or give it up. Only the engine calls this."""
        running = JOBS.c.state == JobState.RUNNING
        with self._store.writing() as connection:
            given_up = {"state": JobState.FAILED, "error": f"The engine ended {_MOST_ATTEMPTS} times while it ran this."}
            for which, values in (
                (JOBS.c.cancel, {"state": JobState.CANCELLED, "ended_at": self._clock.now()}),
                (JOBS.c.attempts >= _MOST_ATTEMPTS, {**given_up, "ended_at": self._clock.now()}),
                (JOBS.c.id > 0, {"state": JobState.QUEUED}),
            ):
                connection.execute(update(JOBS).where(running & which).values(**values))

    def next(self) -> Job | None:
        """The job that waits longest, which runs from now on; None where none waits. Only the engine calls this."""
        with self._store.writing() as connection:
            first = select(JOBS.c.id).where(JOBS.c.state == JobState.QUEUED).order_by(JOBS.c.id).limit(1).scalar_subquery()
            begun = {"state": JobState.RUNNING, "started_at": self._clock.now(), "attempts": JOBS.c.attempts + 1, "done": 0}
            row = connection.execute(update(JOBS).where(JOBS.c.id == first).values(**begun).returning(JOBS)).one_or_none()
            return None if row is None else _job(row)

    def progress(self, job_id: int, done: int, steps: int) -> bool:
        """Write down how far a job is. Whether it is to go on: not where it was cancelled meanwhile."""
        with self._store.writing() as connection:
            values = update(JOBS).where(JOBS.c.id == job_id).values(done=done, steps=steps).returning(JOBS.c.cancel)
            return not connection.execute(values).scalar_one()

    def end(self, job_id: int, state: JobState, result: list[dict[str, Any]], error: str | None = None) -> None:
        """Write down how a job ended, and what it did until then."""
        with self._store.writing() as connection:
            ended = {"state": state, "result": result, "error": error, "ended_at": self._clock.now()}
            connection.execute(update(JOBS).where(JOBS.c.id == job_id).values(**ended))


def _of_key(connection: Connection, tenant_id: str, key: str) -> Row[Any] | None:
    return connection.execute(select(JOBS).where((JOBS.c.tenant_id == tenant_id) & (JOBS.c.key == key))).one_or_none()


def _job(row: Row[Any]) -> Job:
    values = {name: value for name, value in row._mapping.items() if name not in ("key", "digest")}
    return Job(**values | {"kind": JobKind(row.kind), "state": JobState(row.state)})
