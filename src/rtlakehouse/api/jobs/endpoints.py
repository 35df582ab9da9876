"""Jobs: work that the engine does between two batches, asked for here, done by whichever engine has the lake."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response

from rtlakehouse.api.access import Caller, requires
from rtlakehouse.api.deps import Parts, PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.jobs.schemas import JobAnswer, JobBody, JobList, JobParameters, JobView
from rtlakehouse.api.jobs.service import asked, view_of, works, would
from rtlakehouse.api.once import OnceOf
from rtlakehouse.api.paging import before
from rtlakehouse.api.parameters import NoParameters, idempotency_key
from rtlakehouse.control import JobKind, Jobs, Role
from rtlakehouse.jobs import options_of

__all__ = ["router"]

router = APIRouter(prefix="/jobs", tags=["jobs"])

_MOMENTARY = {"Cache-Control": "no-store"}
_KEY = idempotency_key(
    "optimize-24-november",
    "A request with the key of an earlier one is answered with that one's job, and queues none.",
)
_BODIES = {
    "what it would do": {"value": {"kind": "vacuum", "retention_s": 86_400, "dry_run": True}},
    "gather a table's files": {"value": {"kind": "optimize", "tables": ["silver.events"]}},
    "rebuild an hour": {"value": {"kind": "backfill", "from": "2026-11-24T10:00:00Z", "to": "2026-11-24T11:00:00Z"}},
    "check every promise": {"value": {"kind": "verify", "why": "After the power cut."}},
}
ReaderOf = Annotated[Caller, requires(Role.READER)]
AdminOf = Annotated[Caller, requires(Role.ADMIN)]
JobId = Annotated[int, Path(ge=1, lt=1 << 31, examples=[7])]


@router.post("", responses=documented(400, 404, 409, 503, momentary=True), summary="Ask the engine for work")
def create_job(
    parts: PartsOf,
    caller: AdminOf,
    body: Annotated[JobBody, Body(openapi_examples=_BODIES)],
    _: Annotated[NoParameters, Query()],
    key: Annotated[str | None, _KEY] = None,
) -> JobAnswer:
    """Queued durably: the engine does jobs one at a time, in their order, a step between two batches. One that runs when the
    engine ends is begun again by the next; each may be done twice without harm.
    """
    kind = JobKind(body.kind)
    given = body.model_dump(mode="json", include={"tables", "retention_s", "start", "end"}, exclude_defaults=True)
    options = options_of(kind, given)
    if body.dry_run:
        return JobAnswer(dry_run=True, would=would(works(parts).acts(kind, options, caller.tenant_id, dry_run=True)), job=None)
    return JobAnswer(dry_run=False, would=[], job=asked(parts, caller, kind, given, body, key))


@router.get("", responses=documented(400, 503, momentary=True), summary="Jobs, newest first")
def list_jobs(
    parts: PartsOf,
    caller: ReaderOf,
    response: Response,
    parameters: Annotated[JobParameters, Query()],
) -> JobList:
    """Those that keys of your tenant asked for."""
    response.headers.update(_MOMENTARY)
    found = _jobs(parts, caller).newest(parameters.limit + 1, before(parameters.cursor), parameters.state, caller.tenant_id)
    shown = found[: parameters.limit]
    return JobList(data=[view_of(job) for job in shown], next_cursor=str(shown[-1].id) if len(found) > len(shown) else None)


@router.get("/{job_id}", responses=documented(404, 503, momentary=True), summary="One job")
def get_job(
    job_id: JobId,
    parts: PartsOf,
    caller: ReaderOf,
    response: Response,
    _: Annotated[NoParameters, Query()],
) -> JobView:
    """How far it is, and what it did."""
    response.headers.update(_MOMENTARY)
    return view_of(_jobs(parts, caller).get(job_id, caller.tenant_id))


@router.post("/{job_id}/cancel", responses=documented(404, 503, momentary=True), summary="Have a job end")
def cancel_job(job_id: JobId, parts: PartsOf, caller: AdminOf, once: OnceOf, _: Annotated[NoParameters, Query()]) -> JobView:
    """At once where it waits, after its present step where it runs. What its steps did stays done."""
    return once.answer(JobView, None, lambda: view_of(_jobs(parts, caller).cancel(job_id, caller.tenant_id)))


def _jobs(parts: Parts, caller: Caller) -> Jobs:
    return Jobs(parts.store, parts.clock, caller.who)
