"""Posting events, and what became of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.events import queries
from rtlakehouse.api.events.bodies import cut, receive
from rtlakehouse.api.events.schemas import Event, Posted, Receipt, ReceiptParameters, Validation
from rtlakehouse.api.events.service import dry_run, fate_of
from rtlakehouse.api.formats import json_body, rows_of
from rtlakehouse.api.parameters import ReadParameters
from rtlakehouse.errors import NotFoundError, SourceError

__all__ = ["router"]

router = APIRouter(prefix="/events", tags=["events"])

_MAX_VALIDATED = 1_000
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"description": "One event, or an array of events; see GET /contracts."}},
            "application/x-ndjson": {"schema": {"type": "string", "description": "One event a line."}},
        },
    }
}


@router.post(
    "",
    status_code=202,
    response_model=Posted,
    responses=documented(400, 408, 413, 503),
    openapi_extra=_BODY,
    summary="Post one event, an array of events, or NDJSON; gzip is taken",
)
async def post_events(request: Request, parts: PartsOf) -> Response:
    """202 means durable: the events are in a committed, fsynced bronze version. Each has a receipt, in the order of the post."""
    if parts.gateway is None:
        raise SourceError("Another process takes posts for this lake; post there, or stop it and restart this one.")
    body = await receive(request, parts.settings.max_body_mb << 20, parts.settings.receive_timeout_s)
    payloads = cut(body, request.headers.get("content-type", ""))
    first = await parts.gateway.submit(payloads, "default")
    receipts = ",".join(f'"http-0-{position}"' for position in range(first, first + len(payloads)))
    return Response(f'{{"received":{len(payloads)},"receipts":[{receipts}]}}', 202, media_type="application/json")


@router.post(
    "/validate",
    responses=documented(400, 408, 413),
    openapi_extra=_BODY,
    summary="Say what would become of events, without storing them",
)
async def validate_events(request: Request, parts: PartsOf) -> Validation:
    """Every reason of every event that breaks the contract. Whether an event is a duplicate is only known once it is posted."""
    body = await receive(request, parts.settings.max_body_mb << 20, parts.settings.receive_timeout_s)
    payloads = list(cut(body, request.headers.get("content-type", "")))[:_MAX_VALIDATED]
    return await run_in_threadpool(dry_run, payloads, parts.clock.now(), parts.limits)


@router.get("/receipts/{receipt_id}", responses=documented(404), summary="What became of a posted event")
def get_receipt(receipt_id: str, parts: PartsOf, parameters: Annotated[ReceiptParameters, Query()]) -> Receipt:
    """`?wait=gold` answers as soon as the event can be read in gold (or is known to be a duplicate or in quarantine)."""
    wait_ms = parameters.timeout_ms if parameters.wait else 0
    return fate_of(parts.catalog, receipt_id, wait_ms, parts.gateway.next_position if parts.gateway else 1 << 62)


@router.get("/{event_id}", response_model=Event, responses=documented(404, 410), summary="One accepted event")
def get_event(event_id: str, request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """The accepted event of this id, as in silver.events."""
    reading = parts.answers.reading(request, parameters, parameters.as_of, parameters.max_staleness_ms)
    found = rows_of(
        reading.snapshot.query(queries.EVENT, {"tenant": reading.tenant_id, "event_id": event_id}, events="silver.events")
    )
    if not found:
        raise NotFoundError(f"There is no accepted event {event_id!r}. It may be in quarantine, or pending: see its receipt.")
    return parts.answers.answer(request, reading, ["silver.events"], lambda: json_body(Event(event=found[0])))
