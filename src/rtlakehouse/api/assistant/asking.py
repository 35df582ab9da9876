"""A question of the semantic layer as requests have it: its figures at the versions that are read, and how to have them again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.assistant.schemas import AssistantRange, Link
from rtlakehouse.api.metrics_catalog.schemas import MetricsQuery
from rtlakehouse.assistant.times import Period
from rtlakehouse.figures import Span, figures
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.question import Question
from rtlakehouse.semantic.statement import compile_question

__all__ = ["MOST_ROWS", "computed", "link_to", "naive", "query_of", "range_of", "versions_of"]

MOST_ROWS = 1_000
_QUERY = "/api/v1/metrics-catalog/query"


def computed(reading: Reading, question: Question, period: Period, limit: int = MOST_ROWS + 1) -> list[dict[str, Any]]:
    """Rows of the range; by default one more than is shown where there are more."""
    statement = compile_question(question, load())
    span = Span(reading.tenant_id, period.start, period.end)
    rows: list[dict[str, Any]] = figures(reading.snapshot, question, statement, span, limit).to_pylist()
    return rows


def versions_of(reading: Reading, tables: Iterable[str]) -> dict[str, int]:
    """The version that each of these tables is read at."""
    return {name: reading.snapshot.versions[name] for name in tables}


def range_of(period: Period) -> AssistantRange:
    """A range, from naive UTC."""
    return AssistantRange.model_validate({"from": _instant(period.start), "to": _instant(period.end)})


def query_of(question: Question, period: Period) -> MetricsQuery:
    """The question of a range as `POST /metrics-catalog/query` takes it."""
    return MetricsQuery.model_validate(
        {
            "metrics": question.metrics,
            "dimensions": question.dimensions,
            "filters": [
                {"dimension": wanted.dimension, "operator": wanted.operator, "values": list(wanted.values)}
                for wanted in question.filters
            ],
            "grain": question.grain,
            "order": [{"by": order.by, "descending": order.descending} for order in question.order],
            "limit": question.limit,
            "from": _instant(period.start),
            "to": _instant(period.end),
        }
    )


def _instant(moment: datetime) -> str:
    return f"{moment.isoformat()}Z"


def link_to(reading: Reading, table: str, query: MetricsQuery) -> Link:
    """The request that gives the figures of a table at the version that is read."""
    pinned = urlencode({"as_of": f"{table}={reading.snapshot.versions[table]}"})
    return Link(path=f"{_QUERY}?{pinned}", body=query)


def naive(moment: datetime) -> datetime:
    """An instant as the statements have it: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)
