"""Asking for jobs, trying what they would do, and telling of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from pydantic import BaseModel

from rtlakehouse.api.access import Caller
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.formats import plain
from rtlakehouse.api.jobs.schemas import JobStep, JobView
from rtlakehouse.clock import isoformat
from rtlakehouse.control import Job, JobKind, Jobs
from rtlakehouse.errors import UsageError
from rtlakehouse.jobs import Act, Works, make_works, options_of

__all__ = ["asked", "view_of", "works", "would"]

log = structlog.get_logger(__name__)

# Of a dry run, which is done while its caller waits: a step takes up to a second.
_MOST_STEPS = 60


def asked(parts: Parts, caller: Caller, kind: JobKind, options: Mapping[str, Any], body: BaseModel, key: str | None) -> JobView:
    """The job that a request asks for, or asked for when it came first. Raises KeyReusedError."""
    digest = hashlib.blake2b(body.model_dump_json().encode(), digest_size=16).hexdigest()
    why = getattr(body, "why", "")
    job = Jobs(parts.store, parts.clock, caller.who).ask(caller.tenant_id, kind, options, why, key=key, digest=digest)
    log.info("a job was asked for", job=job.id, kind=job.kind, by=caller.key_id)
    return view_of(job)


def works(parts: Parts) -> Works:
    return make_works(parts.settings, parts.lake, parts.clock)


def would(acts: Sequence[Act]) -> list[JobStep]:
    """What the steps of a dry run say. Raises UsageError where there are too many to wait for."""
    if len(acts) > _MOST_STEPS:
        raise UsageError("To try a range with so much in it takes longer than an answer may; try a shorter one.")
    return [JobStep.model_validate(row) for act in acts for row in act()]


def view_of(job: Job) -> JobView:
    options = options_of(job.kind, job.options)
    times: dict[str, Any] = {name: plain(getattr(job, name)) for name in ("created_at", "started_at", "ended_at")}
    return JobView.model_validate(
        {
            **{name: getattr(job, name) for name in ("id", "why", "attempts", "done", "steps", "error")},
            "kind": job.kind.value,
            "state": job.state.value,
            "tables": list(options.tables),
            "retention_s": options.retention_s,
            "start": options.start and isoformat(options.start),
            "end": options.end and isoformat(options.end),
            "version": options.version,
            "erasure": options.erasure,
            "result": job.result or [],
            **times,
        }
    )
