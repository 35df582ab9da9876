"""The pipeline: how it gets on, how long records take, and a pause that holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from rtlakehouse.api.access import Caller, requires
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.history.service import of_this_moment
from rtlakehouse.api.once import OnceOf
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import NoParameters, Paged
from rtlakehouse.api.pipeline import pausing, queries, service
from rtlakehouse.api.pipeline.schemas import BatchList, Latency, LatencyParameters, PauseBody, PauseState, Pipeline
from rtlakehouse.control import Role

__all__ = ["router"]

router = APIRouter(prefix="/pipeline", tags=["pipeline"])

AdminOf = Annotated[Caller, requires(Role.ADMIN)]

_LEDGER = "ops.ledger"
_MOMENTARY = {"Cache-Control": "no-store"}
_NO_REASON = PauseBody(why="")
_WHY = {"a reload": {"value": {"why": "The catalogue is being reloaded."}}}


@router.get("", responses=documented(momentary=True), summary="How does the pipeline get on?")
def get_pipeline(parts: PartsOf, response: Response, _: Annotated[NoParameters, Query()]) -> Pipeline:
    """Its state, rates, the stages of the last batch, and how far each table is ahead of what is shown."""
    response.headers.update(_MOMENTARY)
    return service.state_of(parts)


@router.get("/batches", response_model=BatchList, responses=documented(400, 404, 410, 503), summary="Batches, newest first")
def list_batches(request: Request, parts: PartsOf, parameters: Annotated[Paged, Query()]) -> Response:
    """Size, time of each stage and versions of each batch that had records of yours."""
    page = page_of(parts, request, parameters, [_LEDGER])
    # Timings are in the ledger's log, of which upkeep cleans away what is old.
    reading, _ = of_this_moment(parts.catalog, page.reading, [_LEDGER])

    def make() -> BatchList:
        bound = {"tenant": page.reading.tenant_id, **page.bounds}
        found = page.reading.snapshot.query(queries.BATCHES, bound, ledger=_LEDGER)
        data = service.batches(parts.lake, found.slice(0, page.limit))
        return BatchList.model_validate({"data": data, "next_cursor": page.cursor(found.num_rows)})

    return parts.answers.answer(request, reading, [_LEDGER], make)


@router.get("/latency", response_model=Latency, responses=documented(400, 404, 410, 503), summary="How long do records take?")
def pipeline_latency(request: Request, parts: PartsOf, parameters: Annotated[LatencyParameters, Query()]) -> Response:
    """Percentiles by stage, from receipt over bronze, silver and gold to where they can be read, of the newest batches."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    reading, _ = of_this_moment(parts.catalog, reading, [_LEDGER])

    def make() -> Latency:
        return service.latency(parts.lake, reading, parameters.batches)

    return parts.answers.answer(request, reading, service.LATENCY_TABLES, make)


@router.post("/pause", responses=documented(503), summary="Have the engine take no further batch")
def pause_pipeline(
    parts: PartsOf, caller: AdminOf, once: OnceOf, body: Annotated[PauseBody, Body(openapi_examples=_WHY)] = _NO_REASON
) -> PauseState:
    """What is posted is stored and acknowledged as before; it waits in bronze. Holds over restarts, until it is resumed.

    Pausing twice keeps the first pause.
    """
    return once.answer(PauseState, body, lambda: pausing.pause(parts, caller, body.why))


@router.post("/resume", responses=documented(503), summary="Have the engine go on")
def resume_pipeline(parts: PartsOf, caller: AdminOf, once: OnceOf) -> PauseState:
    """The engine takes what has waited. Resuming what is not paused changes nothing."""
    return once.answer(PauseState, None, lambda: pausing.resume(parts, caller))
