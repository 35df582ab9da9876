"""Questions in words, answered from the semantic layer by rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from rtlakehouse.api.assistant.schemas import EXAMPLE, AskBody, AssistantAnswer, AssistantEvaluation, AssistantSuggestions
from rtlakehouse.api.assistant.service import SUGGESTED_FROM, asked, evaluation, suggestions, told
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.parameters import NoParameters, ReadParameters

__all__ = ["router"]

router = APIRouter(prefix="/assistant", tags=["assistant"])

Posted = Annotated[AskBody, Body(openapi_examples={"orders": {"value": EXAMPLE}})]


@router.post("/ask", response_model=AssistantAnswer, responses=documented(400, 404, 410, 503), summary="Ask in words")
def ask_assistant(request: Request, parts: PartsOf, body: Posted, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """Figures of the catalogue, with a sentence, a chart, what each word was taken for, and a request that gives the same again.

    What may mean several things is asked back, with the choices; what cannot be told is refused, with the reason. Times are in
    UTC, as of now, or of `as_of`.
    """
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    now = parts.clock.now() if reading.snapshot.is_latest else reading.snapshot.as_of
    found = asked(reading, body.question, body.context, now)
    # What `today` is depends on the minute.
    whole = replace(reading, parameters=f"{reading.parameters}|{body.model_dump_json()}|{now:%Y%m%d%H%M}")
    return parts.answers.answer(request, whole, found.tables, lambda: told(reading, found))


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
