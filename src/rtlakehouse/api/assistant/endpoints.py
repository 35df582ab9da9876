"""Questions in words, answered from the semantic layer by rules, or by what a model writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from rtlakehouse.anomalies.identity import Identity
from rtlakehouse.api.answers import Reading
from rtlakehouse.api.assistant.anomaly_explained import anomaly_explained, tables_of_anomaly
from rtlakehouse.api.assistant.explain_schemas import ABOUT_A_CHART, ABOUT_AN_ANOMALY, AssistantExplanation, ExplainBody
from rtlakehouse.api.assistant.explaining import ChartAsked
from rtlakehouse.api.assistant.generating import generated, written_by
from rtlakehouse.api.assistant.schemas import EXAMPLE, AskBody, AssistantAnswer, AssistantEvaluation, AssistantSuggestions
from rtlakehouse.api.assistant.service import SUGGESTED_FROM, Asked, asked, evaluation, suggestions
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.parameters import NoParameters, ReadParameters
from rtlakehouse.api.query.running import while_connected
from rtlakehouse.query.workers import Cancellation

__all__ = ["router"]

router = APIRouter(prefix="/assistant", tags=["assistant"])

Posted = Annotated[AskBody, Body(openapi_examples={"orders": {"value": EXAMPLE}})]
Explained = Annotated[
    ExplainBody, Body(openapi_examples={"a chart": {"value": ABOUT_A_CHART}, "an anomaly": {"value": ABOUT_AN_ANOMALY}})
]


@router.post("/ask", response_model=AssistantAnswer, responses=documented(400, 404, 410, 503), summary="Ask in words")
async def ask_assistant(
    request: Request, parts: PartsOf, body: Posted, parameters: Annotated[ReadParameters, Query()]
) -> Response:
    """Figures of the catalogue, with a sentence, a chart, what each word was taken for, and a request that gives the same again.

    What may mean several things is asked back, with the choices; what cannot be told is refused, with the reason. Times are in
    UTC, as of now, or of `as_of`. Where `llm_url` is set, a model is asked for a query of what the rules do not understand.
    """

    def read() -> tuple[Reading, datetime, Asked]:
        reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
        now = parts.clock.now() if reading.snapshot.is_latest else reading.snapshot.as_of
        return reading, now, asked(reading, body.question, body.context, now)

    def answer(ending: Cancellation) -> Response:
        whole = generated(reading, found, reply)
        # What `today` is depends on the minute, and what a model writes on nothing that is known.
        named = f"{reading.parameters}|{body.model_dump_json()}|{now:%Y%m%d%H%M}|{reply!r}"
        making = replace(reading, parameters=named)
        return parts.answers.answer(request, making, whole.tables, lambda: whole.told(reading, parts.workers, ending))

    reading, now, found = await run_in_threadpool(read)
    reply = await written_by(parts.model, body, found)
    return await while_connected(request, answer)


@router.post(
    "/explain",
    response_model=AssistantExplanation,
    responses=documented(400, 404, 410, 503),
    summary="Explain a chart or an anomaly in words",
)
def explain(request: Request, parts: PartsOf, body: Explained, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """What a chart shows: its figures against those of the range before, the highest and the lowest, how much was unlike what the
    days before let expect, and the segments and products that moved most. Of an anomaly the same, against what was expected."""
    body.check()
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    whole = replace(reading, parameters=f"{reading.parameters}|{body.model_dump_json()}")
    if body.query is not None:
        chart = ChartAsked.of(reading, body, body.query)
        return parts.answers.answer(request, whole, chart.tables, lambda: chart.told(reading), clocked=True)
    identity = Identity.read(body.anomaly or "")
    tables = tables_of_anomaly(identity)
    return parts.answers.answer(request, whole, tables, lambda: anomaly_explained(reading, identity), clocked=True)


@router.get(
    "/suggestions",
    response_model=AssistantSuggestions,
    responses=documented(400, 404, 410, 503),
    summary="Questions that can be answered now",
)
def list_suggestions(request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """Questions in words about what the data holds, each of which is answered with a certain badge."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    return parts.answers.answer(request, reading, SUGGESTED_FROM, lambda: suggestions(reading))


@router.get("/evaluation", response_model=AssistantEvaluation, responses=documented(), summary="How well questions are read")
def get_assistant_evaluation(request: Request, parts: PartsOf, _: Annotated[NoParameters, Query()]) -> Response:
    """The questions that this release is judged by, how many are read as they must be, and each that is not."""
    return parts.answers.fixed(request, evaluation())
