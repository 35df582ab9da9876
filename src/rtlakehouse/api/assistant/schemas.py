"""What the assistant takes and answers with."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from rtlakehouse.api.examples import example
from rtlakehouse.api.metrics_catalog.schemas import MetricColumn, MetricEntry, MetricsQuery
from rtlakehouse.api.parameters import Instant
from rtlakehouse.api.query.schemas import SqlBody
from rtlakehouse.assistant.wording import ChartKind

__all__ = [
    "EXAMPLE",
    "AskBody",
    "AssistantAnswer",
    "AssistantChart",
    "AssistantContext",
    "AssistantEvaluation",
    "AssistantMiss",
    "AssistantRange",
    "AssistantScore",
    "AssistantSuggestion",
    "AssistantSuggestions",
    "Link",
    "UnderstoodWords",
]

EXAMPLE: JsonDict = {"question": "orders by country today compared to yesterday"}
_RANGE: JsonDict = {"from": "2026-11-24T00:00:00Z", "to": "2026-11-24T10:31:00Z"}
_BEFORE: JsonDict = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-23T10:31:00Z"}
_QUERY: JsonDict = {"metrics": ["orders"], "dimensions": ["country"], **_RANGE}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AssistantRange(_Strict):
    """A range of whole minutes: `from` included, `to` excluded."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True, json_schema_extra={"examples": [_RANGE]})

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")


class AssistantContext(_Strict):
    """What was answered before: `context` of that answer, as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"query": _QUERY, "compared_to": _BEFORE}]})

    query: MetricsQuery
    compared_to: AssistantRange | None = None


class AskBody(_Strict):
    """A question in words."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    question: str = Field(min_length=1, max_length=500, description="In English.", examples=["top 5 products by units yesterday"])
    context: AssistantContext | None = Field(None, description="Of the answer that this follows up; null: it stands alone.")


class UnderstoodWords(BaseModel):
    """Words of the question and what they were taken for."""

    model_config = example(words="orders", kind="metric", meaning="orders")

    words: str
    kind: Literal[
        "metric", "dimension", "value", "time", "step", "rank", "number", "comparison", "connective", "not_told", "not_known"
    ]
    meaning: str = Field(description="Empty for words that say nothing about the figures.")


class AssistantChart(BaseModel):
    """Which chart shows the rows. x, y and series are names of columns."""

    model_config = example(kind="bar", x="country", y=["gross"], series="currency")

    kind: ChartKind
    x: str | None
    y: list[str]
    series: str | None


class Link(BaseModel):
    """A request that gives the same figures again, whatever has happened since: a query of the catalogue, or SQL."""

    model_config = example(method="POST", path="/api/v1/metrics-catalog/query?as_of=silver.events%3D41", body=_QUERY)

    method: Literal["POST"] = "POST"
    path: str
    body: MetricsQuery | SqlBody


class AssistantAnswer(BaseModel):
    """Figures, a question back, or a refusal that says what can be told."""

    model_config = example(
        kind="answer",
        text="Orders, by country, 2026-11-24 00:00 to 10:31 UTC, compared to 2026-11-23 00:00 to 10:31 UTC: DE: 7 orders, "
        "was 5 orders (+40.0 %).",
        badge="certified_metric",
        notes=[],
        choices=[],
        suggestions=["by device?", "per hour?"],
        understood=[{"words": "orders", "kind": "metric", "meaning": "orders"}],
        unused=[],
        metrics=[],
        columns=[{"name": "orders", "kind": "metric", "unit": "orders", "format": "integer"}],
        data=[{"country": "DE", "orders": 7, "orders_previous": 5, "orders_change": 2, "orders_relative_change": "0.400000"}],
        is_cut=False,
        chart={"kind": "bar", "x": "country", "y": ["orders", "orders_previous"], "series": "currency"},
        query=_QUERY,
        compared_to=_BEFORE,
        table="silver.events",
        sql="with sums as (select ...) select ...",
        versions={"silver.events": 41},
        as_of="2026-11-24T10:30:12Z",
        links=[{"method": "POST", "path": "/api/v1/metrics-catalog/query?as_of=silver.events%3D41", "body": _QUERY}],
        context={"query": _QUERY, "compared_to": _BEFORE},
    )

    kind: Literal["answer", "question", "refusal"]
    text: str = Field(description="The answer in a sentence, or what is asked back, or why there is none.")
    badge: Literal["certified_metric", "generated_sql", "not_sure"] | None = Field(
        description="certified_metric: figures of the catalogue, and every word was understood. generated_sql: a model wrote the "
        "query or the SQL; see whether it is what was meant. not_sure: some word was not understood, or was read as another one. "
        "Null where there are no figures."
    )
    notes: list[str] = Field(description="What was assumed, and why a model that was asked had no part in it.")
    choices: list[str] = Field(description="To a question back: whole questions, one of which may be asked in place of this one.")
    suggestions: list[str] = Field(description="What could be asked next; with `context`, where there is one.")
    understood: list[UnderstoodWords] = Field(description="Every word of the question, in order.")
    unused: list[str] = Field(description="Words that had no part in the answer as they were written.")
    metrics: list[MetricEntry]
    columns: list[MetricColumn]
    data: list[dict[str, Any]] = Field(
        description="Counts are numbers, money and shares exact text. Compared, each figure has `_previous`, `_change` and "
        "`_relative_change` beside it.",
        examples=[[{"country": "DE", "orders": 7}]],
    )
    is_cut: bool = Field(description="Whether there are more rows; the link leads to all of them.")
    chart: AssistantChart | None
    query: MetricsQuery | None = Field(description="The question as POST /api/v1/metrics-catalog/query takes it.")
    compared_to: AssistantRange | None
    table: str | None = Field(description="The table that the figures were computed from; null where there are several.")
    sql: str | None = Field(description="The statement that computed them; what was named in the question is bound to it.")
    versions: dict[str, int] = Field(description="Of the tables that were read.")
    as_of: str = Field(description="The time that the answer stands for.")
    links: list[Link] = Field(
        description="Requests that give the same figures again: of the range, then of what it is compared to."
    )
    context: AssistantContext | None = Field(description="Pass it with a question that follows this one up.")


class AssistantSuggestion(BaseModel):
    """A question that the data answers."""

    model_config = example(question="orders by country", metrics=["orders"])

    question: str
    metrics: list[str] = Field(description="What it tells.")


class AssistantSuggestions(BaseModel):
    """Questions that can be answered now."""

    data: list[AssistantSuggestion] = Field(description="None while nothing has happened.")


class AssistantMiss(BaseModel):
    """A question of the evaluation that is read as something else than it must be."""

    model_config = example(question="how are we doing?", expected="question", found="refusal", is_certain=False)

    question: str
    expected: str
    found: str
    is_certain: bool = Field(description="Whether figures are given for it, and with a certain badge: the worst that can be.")


class AssistantScore(BaseModel):
    """How questions of one kind are read."""

    model_config = example(split="held_out", questions=88, right=85, certain_and_wrong=0, misses=[])

    split: Literal["open", "held_out"] = Field(
        description="open: the rules were written with them. held_out: none changed a rule."
    )
    questions: int
    right: int = Field(description="Read as they must be: metrics, dimensions, filters, range, comparison, order; or no answer.")
    certain_and_wrong: int
    misses: list[AssistantMiss]


class AssistantEvaluation(BaseModel):
    """How well this release reads the questions that it is judged by."""

    data: list[AssistantScore]
