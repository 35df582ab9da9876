"""Posting events, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from datetime import UTC
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from rtlakehouse.api.access import Caller, CallerOf, Needs, caller_of, requires
from rtlakehouse.api.deps import Parts, PartsOf, parts_of
from rtlakehouse.api.errors import documented
from rtlakehouse.api.events import queries
from rtlakehouse.api.events.bodies import payloads_of
from rtlakehouse.api.events.intake import place_of
from rtlakehouse.api.events.schemas import Event, EventList, EventParameters, Posted, Receipt, ReceiptParameters, Validation
from rtlakehouse.api.events.service import RECEIPT_TABLES, decided, dry_run, fate_of, require_stored
from rtlakehouse.api.examples import EVENT
from rtlakehouse.api.formats import Tabular, rows_of
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import IDEMPOTENCY_KEY, NoParameters, ReadParameters, idempotency_key
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.control import Role
from rtlakehouse.errors import NotFoundError, SourceError, UsageError

__all__ = ["router"]

router = APIRouter(prefix="/events", tags=["events"])

_INGEST = Needs(Role.INGEST)
_MAX_VALIDATED = 1_000
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"description": "One event, or an array of events; see GET /contracts."},
                "examples": {
                    "one event": {"value": EVENT},
                    "several events": {"value": [EVENT, {**EVENT, "event_id": "7f9c2ba5"}]},
                },
            },
            "application/x-ndjson": {
                "schema": {"type": "string", "description": "One event a line."},
                "example": f"{json.dumps(EVENT)}\n{json.dumps({**EVENT, 'event_id': '7f9c2ba5'})}\n",
            },
        },
    }
}
_KEY = idempotency_key(
    "order-77-batch-1",
    "A post with the key of an earlier one gets that one's receipts, and nothing is stored. The last 100,000 keys are"
    " remembered; after a restart, those of the last day that bronze's log still has.",
)


async def post_events(
    request: Request,
    parts: PartsOf,
    caller: Annotated[Caller, requires(Role.INGEST)],
    _: Annotated[NoParameters, Query()],
    key: Annotated[str | None, _KEY] = None,
) -> Response:
    """202 means durable: the events are in a committed, fsynced bronze version. Each has a receipt, in the order of the post."""
    return await _store(request, parts, caller, key)


async def _store(request: Request, parts: Parts, caller: Caller, key: str | None) -> Response:
    if parts.gateway is None:
        raise SourceError("Another process takes posts for this lake; post there, or stop it and restart this one.")
    payloads = await payloads_of(request, parts.settings.max_body_mb << 20)
    receipts = '","'.join(await parts.gateway.post(payloads, caller.tenant_id, key))
    return Response(f'{{"received":{len(payloads)},"receipts":["{receipts}"]}}', 202, media_type="application/json")


class _PostRoute(APIRoute):
    """Answers a post with neither a query nor a key without FastAPI's solving of dependencies, which takes half the time."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        solving = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.scope["query_string"] or IDEMPOTENCY_KEY in request.headers:
                return await solving(request)
            caller = await _INGEST(await caller_of(request))
            return await _store(request, await parts_of(request), caller, None)

        return handle


router.add_api_route(
    "",
    post_events,
    methods=["POST"],
    status_code=202,
    response_model=Posted,
    responses=documented(400, 408, 413, 415, 503),
    openapi_extra=_BODY,
    summary="Post one event, an array of events, or NDJSON; gzip is taken",
    route_class_override=_PostRoute,
)


@router.get("", response_model=EventList, responses=documented(400, 404, 406, 410, 503), summary="Accepted events, newest first")
def list_events(request: Request, parts: PartsOf, parameters: Annotated[EventParameters, Query()]) -> Response:
    """Those of a range of event time (default: the hour up to the newest minute) that have every value asked for."""
    tables = ["silver.events", *(["gold.kpis_1m"] if parameters.is_open else [])]
    page = page_of(parts, request, parameters, tables)

    def make() -> Tabular:
        snapshot = page.reading.snapshot
        newest = snapshot.newest_window(page.reading.tenant_id) if parameters.is_open else None
        start, end = parameters.resolve(newest)
        page.reading.snapshot.require_kept("silver.events", page.reading.tenant_id, start)
        only = Range("event_time", start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
        bound = {"tenant": page.reading.tenant_id, "start": start, "end": end, **parameters.filters, **page.bounds}
        return page.tabular(snapshot.query(queries.PAGE, bound, events=("silver.events", only)), _listed)

    return parts.answers.answer(request, page.reading, tables, make, tabular=True)


def _listed(data: list[dict[str, Any]], next_cursor: str | None) -> EventList:
    return EventList.model_validate({"data": data, "next_cursor": next_cursor})


@router.post(
    "/validate",
    responses=documented(400, 408, 413, 415, momentary=True),
    openapi_extra=_BODY,
    summary="Say what would become of events, without storing them",
)
async def validate_events(request: Request, parts: PartsOf, caller: CallerOf, _: Annotated[NoParameters, Query()]) -> Validation:
    """Every reason of every event that breaks the contract; at most 1,000 events. Duplicates show when they are posted."""
    payloads = await payloads_of(request, parts.settings.max_body_mb << 20)
    if len(payloads) > _MAX_VALIDATED:
        raise UsageError(f"{len(payloads):,} events are more than {_MAX_VALIDATED:,}; validate them in parts.")
    return await run_in_threadpool(dry_run, list(payloads), caller.tenant_id, parts.clock.now(), parts.limits)


@router.get(
    "/receipts/{receipt_id}", response_model=Receipt, responses=documented(404, 410, 503), summary="What became of a posted event"
)
async def get_receipt(
    receipt_id: Annotated[str, Path(examples=["http-0-1204"])],
    request: Request,
    parts: PartsOf,
    caller: CallerOf,
    parameters: Annotated[ReceiptParameters, Query()],
) -> Response:
    """`?wait=gold` answers as soon as the event can be read in gold (or is known to be a duplicate or in quarantine)."""
    place, tenant_id = place_of(receipt_id), caller.tenant_id
    await run_in_threadpool(require_stored, parts.catalog, tenant_id, place, parts.gateway)
    snapshot = await decided(parts.catalog, tenant_id, place, parameters.timeout_ms if parameters.wait else 0)
    reading = parts.answers.reading_of(snapshot, NoParameters())
    make = partial(fate_of, snapshot, tenant_id, place)
    return await run_in_threadpool(parts.answers.answer, request, reading, RECEIPT_TABLES, make)


@router.get("/{event_id}", response_model=Event, responses=documented(400, 404, 410, 503), summary="One accepted event")
def get_event(
    event_id: Annotated[str, Path(examples=["7f9c2ba4"])],
    request: Request,
    parts: PartsOf,
    parameters: Annotated[ReadParameters, Query()],
) -> Response:
    """The accepted event of this id; the earliest, where an id came back after the dedupe window."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)

    def make() -> Event:
        bound = {"tenant": reading.tenant_id, "event_id": event_id}
        found = rows_of(reading.snapshot.query(queries.EVENT, bound, events="silver.events"))
        if not found:
            raise NotFoundError(f"There is no accepted event {event_id!r}. It may be in quarantine, or pending: see its receipt.")
        return Event.model_validate({"event": found[0]})

    return parts.answers.answer(request, reading, ["silver.events"], make)
