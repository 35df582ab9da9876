"""Restoring: what would change is shown first, and done by the engine with the token of that."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query

from rtlakehouse.api.access import Caller, requires
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.history.schemas import RestoreAnswer, RestoreBody
from rtlakehouse.api.jobs.service import asked, works, would
from rtlakehouse.api.parameters import NoParameters, idempotency_key
from rtlakehouse.control import JobKind, Role
from rtlakehouse.errors import UsageError
from rtlakehouse.jobs import options_of
from rtlakehouse.medallion.graph import table

__all__ = ["router"]

router = APIRouter(tags=["history"])

_BODIES = {
    "what it would change": {"value": {"version": 41}},
    "do what was shown": {"value": {"version": 41, "dry_run": False, "token": "9f2c6f0f3d0e4a5b8c7d6e5f4a3b2c1d"}},
}
_KEY = idempotency_key(
    "restore-24-november",
    "A request with the key of an earlier one is answered with that one's job, and queues none.",
)


@router.post(
    "/tables/{name}/restore",
    responses=documented(400, 404, 409, 410, 503, momentary=True),
    summary="Set a table, and all that go along, to an earlier version",
)
def restore_table(
    name: Annotated[str, Path(examples=["silver.events"])],
    parts: PartsOf,
    caller: Annotated[Caller, requires(Role.ADMIN)],
    body: Annotated[RestoreBody, Body(openapi_examples=_BODIES)],
    _: Annotated[NoParameters, Query()],
    key: Annotated[str | None, _KEY] = None,
) -> RestoreAnswer:
    """The records that were processed by that version get the rows in silver that they had then, those since keep theirs, gold
    follows. A dry run (the default) says what would change; its token has the engine do just that, as a job.
    """
    given = body.model_dump(mode="json", include={"version", "start", "end", "token"}, exclude_none=True)
    given["tables"] = [table(name).name]
    options = options_of(JobKind.RESTORE, given)
    if body.dry_run:
        restore = works(parts).restore(options, caller.tenant_id, dry_run=True)
        steps = would(restore.acts())
        return RestoreAnswer(dry_run=True, versions=dict(restore.versions), would=steps, token=restore.token, job=None)
    if body.token is None:
        raise UsageError("Look first what it would change, with `dry_run`, and send the token of that.")
    return RestoreAnswer(
        dry_run=False, versions={}, would=[], token=body.token, job=asked(parts, caller, JobKind.RESTORE, given, body, key)
    )
