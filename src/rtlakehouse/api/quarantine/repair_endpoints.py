"""Repairs of quarantine: tried without a trace, made once, listed with what became of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from rtlakehouse.api.access import Caller, requires
from rtlakehouse.api.deps import Parts, PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.jobs.service import asked, works, would
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import NoParameters, Paged, ReadParameters, idempotency_key
from rtlakehouse.api.quarantine import repairs
from rtlakehouse.api.quarantine.repair_schemas import (
    SHOWN,
    Readmission,
    Repair,
    RepairBody,
    RepairList,
    RepairOutcome,
    UndoAnswer,
    UndoBody,
)
from rtlakehouse.control import JobKind, Role
from rtlakehouse.errors import UsageError
from rtlakehouse.jobs import options_of

__all__ = ["router"]

router = APIRouter(prefix="/quarantine", tags=["quarantine"])

_NO_STORE = {"Cache-Control": "no-store"}
_KEY = idempotency_key(
    "prices-of-24-november",
    "A request with the key of an earlier repair is answered with that one, and takes nothing.",
)
Key = Annotated[str | None, _KEY]
_RANGE = {"reason": "type:price", "from": "2026-11-24T09:00:00Z"}
_PATCHES = {
    "set members": {
        "value": {"filter": _RANGE, "patch": {"members": {"price": "try_cast(replace(price, ',', '.') as decimal(18,4))"}}}
    },
    "merge": {
        "value": {"filter": {"reason": "missing:currency"}, "patch": {"merge": {"currency": "EUR"}}, "why": "A till in DE."}
    },
    "rewrite, for good": {
        "value": {
            "filter": {"reason": "malformed_json"},
            "patch": {"record": "regexp_replace(raw, ',\\s*}', '}', 'g')"},
            "dry_run": False,
        }
    },
}
_UNDOING = {
    "what it would change": {"value": {}},
    "do what was shown": {"value": {"dry_run": False, "token": SHOWN}},
}
_UNDO_KEY = idempotency_key(
    "undo-24-november",
    "A request with the key of an earlier one is answered with that one's job, and queues none.",
)
_AS_THEY_ARE = {"as they are": {"value": {"filter": {"reason": "too_late"}, "why": "`late_limit_s` was raised."}}}


@router.post(
    "/repair",
    response_model=RepairOutcome,
    responses=documented(400, 410, 503),
    summary="Patch records in quarantine and have them judged again",
)
def repair_quarantine(
    request: Request,
    parts: PartsOf,
    caller: Annotated[Caller, requires(Role.ADMIN)],
    body: Annotated[RepairBody, Body(openapi_examples=_PATCHES)],
    _: Annotated[NoParameters, Query()],
    key: Key = None,
) -> Response:
    """By default only says what would happen, down to the rows of gold that would change. With `dry_run` false the records that
    the contract then accepts are received again, once, whatever happens; the others stay as they are. It can be undone.
    """
    return _answer(request, parts, caller, body, key)


@router.post(
    "/readmit",
    response_model=RepairOutcome,
    responses=documented(400, 410, 503),
    summary="Have records in quarantine judged again as they are",
)
def readmit_quarantine(
    request: Request,
    parts: PartsOf,
    caller: Annotated[Caller, requires(Role.ADMIN)],
    body: Annotated[Readmission, Body(openapi_examples=_AS_THEY_ARE)],
    _: Annotated[NoParameters, Query()],
    key: Key = None,
) -> Response:
    """After a new version of the contract, or other limits of time. Otherwise as a repair without a patch."""
    return _answer(request, parts, caller, body, key)


def _answer(request: Request, parts: Parts, caller: Caller, body: Readmission, key: str | None) -> Response:
    if not body.dry_run:
        made = repairs.repair(parts, caller, body, key)
        return JSONResponse(made.model_dump(mode="json"), headers=_NO_STORE)
    reading = parts.answers.reading_of(parts.catalog.latest, body)
    return parts.answers.answer(request, reading, repairs.TRIED, lambda: repairs.outcome(parts, reading, body))


@router.get("/repairs", response_model=RepairList, responses=documented(400, 404, 410, 503), summary="Repairs, newest first")
def list_repairs(request: Request, parts: PartsOf, parameters: Annotated[Paged, Query()]) -> Response:
    """Who took what out of quarantine, when, how, and what became of it."""
    page = page_of(parts, request, parameters, repairs.MADE)

    def make() -> RepairList:
        found = repairs.listed(page.reading, page.limit + 1, page.offset)
        return RepairList(data=found[: page.limit], next_cursor=page.cursor(len(found)))

    return parts.answers.answer(request, page.reading, repairs.MADE, make)


@router.get("/repairs/{repair_id}", response_model=Repair, responses=documented(400, 404, 410, 503), summary="One repair")
def get_repair(
    repair_id: Annotated[str, Path(examples=["3f9a51c07be2"])],
    request: Request,
    parts: PartsOf,
    parameters: Annotated[ReadParameters, Query()],
) -> Response:
    """What was asked, by whom, and what became of its records. Its records: `GET /quarantine?repaired=true`."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    if parameters.as_of is None and (waiting := repairs.waiting_repair(parts, reading.tenant_id, repair_id)):
        return JSONResponse(waiting.model_dump(mode="json"), headers=_NO_STORE)
    return parts.answers.answer(request, reading, repairs.MADE, lambda: repairs.repair_of(reading, repair_id))


@router.post(
    "/repairs/{repair_id}/undo", responses=documented(400, 404, 409, 503, momentary=True), summary="Put back what a repair took"
)
def undo_repair(
    repair_id: Annotated[str, Path(examples=["3f9a51c07be2"])],
    parts: PartsOf,
    caller: Annotated[Caller, requires(Role.ADMIN)],
    body: Annotated[UndoBody, Body(openapi_examples=_UNDOING)],
    _: Annotated[NoParameters, Query()],
    key: Annotated[str | None, _UNDO_KEY] = None,
) -> UndoAnswer:
    """Its records leave silver, as they were patched, for quarantine, with the reasons that they had before; a duplicate of one
    counts in its place, and gold follows. A dry run (the default) says what would change; its token has the engine do just that,
    as a job. `/quarantine/readmit` takes them in again.
    """
    given = {"repair": repair_id, **body.model_dump(include={"token"}, exclude_none=True)}
    undo = works(parts).undo(options_of(JobKind.UNDO, given), caller.tenant_id, dry_run=True)
    if body.dry_run:
        steps = would(undo.acts())
        return UndoAnswer(dry_run=True, would=steps, token=undo.token)
    if body.token is None:
        raise UsageError("Look first what it would change, with `dry_run`, and send the token of that.")
    return UndoAnswer(dry_run=False, would=[], token=body.token, job=asked(parts, caller, JobKind.UNDO, given, body, key))
