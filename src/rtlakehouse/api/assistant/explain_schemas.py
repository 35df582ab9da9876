"""What an explanation takes and answers with."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from rtlakehouse.api.assistant.schemas import AssistantRange
from rtlakehouse.api.examples import example
from rtlakehouse.api.metrics_catalog.schemas import MetricsQuery
from rtlakehouse.errors import UsageError

__all__ = [
    "ABOUT_A_CHART",
    "ABOUT_AN_ANOMALY",
    "ExplainBody",
    "ExplainedSentence",
    "AssistantExplanation",
    "ExplanationLink",
    "Topic",
]

Topic = Literal["what", "change", "extremes", "expected", "moved"]

_QUERY: JsonDict = {"metrics": ["orders"], "grain": "1h", "from": "2026-11-24T00:00:00Z", "to": "2026-11-24T10:31:00Z"}
_BEFORE: JsonDict = {"from": "2026-11-23T13:29:00Z", "to": "2026-11-24T00:00:00Z"}
_ID = "WyJzZWFzb25hbF9iYXNlbGluZSIsImV2ZW50cyIsbnVsbCxudWxsLG51bGwsIjIwMjYtMTEtMjRUMTA6MzA6MDAiXQ"
_WHAT: JsonDict = {"about": "what", "text": "Orders, per hour, 2026-11-24 00:00 to 10:31 UTC, in 11 rows."}
ABOUT_A_CHART: JsonDict = {"query": _QUERY}
ABOUT_AN_ANOMALY: JsonDict = {"anomaly": _ID}


class ExplainBody(BaseModel):
    """A chart, or an anomaly: one of both."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [ABOUT_A_CHART, ABOUT_AN_ANOMALY]})

    query: MetricsQuery | None = Field(
        None, description="The question whose answer the chart shows, as in `query` and `links` of POST /assistant/ask."
    )
    compared_to: AssistantRange | None = Field(None, description="Default: the range before it of the same length.")
    anomaly: str | None = Field(None, max_length=2_000, description="An `id` of GET /anomalies.", examples=[_ID])

    def check(self) -> None:
        """Raises UsageError unless one thing is to be explained."""
        if (self.query is None) == (self.anomaly is None):
            raise UsageError("Name a `query` or an `anomaly`, one of both.")
        if self.anomaly is not None and self.compared_to is not None:
            raise UsageError("An anomaly is compared with what was expected; leave out `compared_to`.")


class ExplainedSentence(BaseModel):
    """A part of the explanation."""

    model_config = example(**_WHAT)

    about: Topic = Field(
        description="what: what is shown. change: against the range before, or what was expected. extremes: the highest and the "
        "lowest. expected: how much lay outside of what the days before let expect. moved: the parts that changed most."
    )
    text: str


class ExplanationLink(BaseModel):
    """A request that gives the figures behind it, at the same versions."""

    model_config = example(method="GET", path=f"/api/v1/anomalies/{_ID}?as_of=gold.kpis_1m%3D41")

    method: Literal["GET", "POST"]
    path: str
    body: MetricsQuery | None = None


class AssistantExplanation(BaseModel):
    """A chart or an anomaly in words. It says what moved, not why."""

    model_config = example(
        text="Orders, per hour, 2026-11-24 00:00 to 10:31 UTC, in 11 rows.",
        sentences=[_WHAT],
        query=_QUERY,
        compared_to=_BEFORE,
        versions={"silver.events": 41},
        as_of="2026-11-24T10:30:12Z",
        links=[{"method": "POST", "path": "/api/v1/metrics-catalog/query?as_of=silver.events%3D41", "body": _QUERY}],
    )

    text: str = Field(description="All sentences.")
    sentences: list[ExplainedSentence]
    query: MetricsQuery | None = Field(description="Of a chart: the question with the range that was explained.")
    compared_to: AssistantRange | None
    anomaly: str | None = Field(None, description="Of an anomaly: its id.")
    versions: dict[str, int] = Field(description="Of the tables that were read.")
    as_of: str = Field(description="The time that the explanation stands for.")
    links: list[ExplanationLink]
