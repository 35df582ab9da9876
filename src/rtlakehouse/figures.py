"""Figures of the catalogue over one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.errors import UsageError
from rtlakehouse.semantic.question import Question, step_of
from rtlakehouse.semantic.statement import Statement, first_step

__all__ = ["Span", "figures"]

_MAX_STEPS = 100_000


@dataclass(frozen=True)
class Span:
    """Whose figures, of the events of [start, end), naive UTC as the statements have it.

    tenant_id: None for a statement of every tenant, whose floors are then not looked at.
    """

    tenant_id: str | None
    start: datetime
    end: datetime


def figures(snapshot: Snapshot, question: Question, statement: Statement, span: Span, limit: int, offset: int = 0) -> pa.Table:
    """Rows of the answer, `limit` of them from `offset` on, and no more than the question asks for.

    Raises ExpiredError where the events of the range are not all kept any more.
    """
    if span.tenant_id is not None:
        snapshot.require_kept(statement.table, span.tenant_id, span.start)
    most = limit if question.limit is None else min(limit, max(0, question.limit - offset))
    whose = {} if span.tenant_id is None else {"tenant": span.tenant_id}
    bound = whose | {"start": span.start, "end": span.end, "limit": most, "offset": offset}
    wanted = Range(statement.time, span.start.replace(tzinfo=UTC), span.end.replace(tzinfo=UTC))
    relations = {statement.relation: (statement.table, wanted)}
    return snapshot.query(statement.sql, bound | _steps(question, span) | statement.bound, **relations)


def _steps(question: Question, span: Span) -> dict[str, Any]:
    length = step_of(question.grain)
    if length is None:
        return {}
    if (span.end - span.start) / length > _MAX_STEPS:
        raise UsageError(f"That are more than {_MAX_STEPS:,} steps; ask for a shorter range or a longer grain.")
    return {"first_step": first_step(span.start, length), "step_s": int(length.total_seconds())}
