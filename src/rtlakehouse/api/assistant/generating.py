"""What a model makes of a question that the rules do not understand: checked as whatever users send, and run like that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

import pyarrow as pa
import structlog
from pydantic import ValidationError

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.assistant.asking import MOST_ROWS, versions_of
from rtlakehouse.api.assistant.schemas import AskBody, AssistantAnswer, AssistantChart, Link
from rtlakehouse.api.assistant.service import Asked, told, without_figures
from rtlakehouse.api.formats import rows_of
from rtlakehouse.api.metrics_catalog.schemas import MetricColumn, MetricsQuery
from rtlakehouse.api.query import service as sql
from rtlakehouse.api.query.schemas import SqlBody
from rtlakehouse.assistant.lexicon import Values
from rtlakehouse.assistant.model import Model
from rtlakehouse.assistant.prompting import messages
from rtlakehouse.assistant.tabulating import ColumnKind, drawn, row_sentence
from rtlakehouse.assistant.times import Period
from rtlakehouse.assistant.understanding import MOST_STEPS, Refusal, Understood
from rtlakehouse.assistant.written import Written, WrittenQuery, WrittenSql, written
from rtlakehouse.errors import ModelError, NotFoundError, QueryCrashError, QueryLimitError, SqlError, UsageError
from rtlakehouse.query.jail import Statement, parse
from rtlakehouse.query.workers import Cancellation, Workers
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.question import check, step_of

__all__ = ["Generated", "generated", "written_by"]

log = structlog.get_logger(__name__)

_SQL = "/api/v1/query"
_BY_RULES = "This is by the rules alone."
_NOTE = "A model wrote the query from the catalogue. It was checked; whether it is what you meant, it cannot say."


async def written_by(model: Model | None, body: AskBody, found: Asked) -> Written | ModelError | None:
    """What a model makes of the question, or why it makes nothing; None where it is not asked."""
    if model is None or not _is_beyond_the_rules(found):
        return None
    before = body.context.query.model_dump_json(exclude_none=True) if body.context else None
    try:
        return written(await model.complete(messages(body.question, found.moment.now, before)))
    except ModelError as error:
        log.warning("a model was done without", why=str(error))
        return error


def _is_beyond_the_rules(found: Asked) -> bool:
    """Whether the rules refuse, or do not know some word. What is ambiguous in words that they know is asked back."""
    return isinstance(found.outcome, Refusal) or not all(piece.meanings for piece in found.words.pieces)


@dataclass(frozen=True)
class Generated:
    """A question with what a model wrote, as far as it may be run.

    found: the question as the rules read it, or as the model's query of the catalogue has it. statement: its SQL. why: what kept
    the model's work out.
    """

    found: Asked
    statement: Statement | None = None
    why: str = ""

    @property
    def tables(self) -> list[str]:
        """Every table that the answer takes."""
        return sorted({*self.found.tables, *(self.statement.tables if self.statement else ())})

    def told(self, reading: Reading, workers: Workers, ending: Cancellation) -> AssistantAnswer:
        """The answer; where the SQL fails, that of the rules. Raises OverloadedError while as much SQL runs as may."""
        if self.statement is None:
            return told(reading, self.found, self._notes(self.why))
        text = self.statement.page(reading.tenant_id, MOST_ROWS + 1, 0)
        try:
            rows = sql.found(workers, reading, self.statement, _body(self.statement), text, ending)
        except (SqlError, QueryLimitError, QueryCrashError) as error:
            log.warning("a model was done without", why=str(error))
            answer = told(reading, self.found, self._notes(f"The SQL that a model wrote cannot be run: {error}"))
            return answer.model_copy(update={"versions": versions_of(reading, self.tables)})
        return _rows(reading, self, self.statement, rows)

    def _notes(self, why: str) -> list[str]:
        if why:
            return [f"{why} {_BY_RULES}"]
        return [_NOTE] if self.found.is_generated else []


def generated(reading: Reading, found: Asked, reply: Written | ModelError | None) -> Generated:
    """A question with the reply of a model, checked."""
    if reply is None:
        return Generated(found)
    try:
        if isinstance(reply, WrittenQuery):
            return Generated(replace(found, outcome=_understood(reply, found), is_generated=True))
        if isinstance(reply, WrittenSql):
            return Generated(found, _parsed(reply))
    except ModelError as error:
        log.warning("a model was done without", why=str(error))
        return Generated(found, why=str(error))
    return Generated(found, why=str(reply))


def _understood(reply: WrittenQuery, found: Asked) -> Understood:
    """The query as a question of the catalogue. Raises ModelError where it is none."""
    try:
        query = MetricsQuery.model_validate(reply.document)
        question = query.question
        check(question, load())
        start, end = query.range.resolve(found.moment.newest)
    except (ValidationError, NotFoundError, UsageError) as error:
        raise ModelError("The query that a model wrote does not fit the catalogue.") from error
    length = step_of(question.grain)
    if length and (end - start) / length > MOST_STEPS:
        raise ModelError(f"The query that a model wrote has more than {MOST_STEPS:,} steps.")
    if strange := _never(query, found.values):
        raise ModelError(f"The query that a model wrote is about {strange}, which does not occur.")
    return Understood(question, Period(start, end))


def _never(query: MetricsQuery, values: Values) -> str | None:
    """A value that is compared with and does not occur: figures of it would be 0, and say nothing."""
    named = ((each.dimension, value) for each in query.filters if each.operator in ("eq", "in") for value in each.values)
    return next((f"{name} {value}" for name, value in named if name in values and value not in values[name]), None)


def _parsed(reply: WrittenSql) -> Statement:
    """The statement, where it may be run. Raises ModelError."""
    try:
        statement = parse(reply.sql)
    except SqlError as error:
        raise ModelError(f"The SQL that a model wrote may not be run: {error}") from error
    if not statement.tables:
        raise ModelError("The SQL that a model wrote reads no table.")
    return statement


def _body(statement: Statement) -> SqlBody:
    return SqlBody(sql=statement.tree.sql("duckdb", pretty=True, comments=False))


def _rows(reading: Reading, asked: Generated, statement: Statement, rows: pa.Table) -> AssistantAnswer:
    """The answer that is the rows of the model's SQL."""
    data = rows_of(rows.slice(0, MOST_ROWS))
    kinds = {field.name: _kind(field.type) for field in rows.schema}
    picture = drawn(kinds, len(data))
    versions = versions_of(reading, statement.tables)
    pinned = urlencode({"as_of": ",".join(f"{name}={version}" for name, version in versions.items())})
    body = _body(statement)
    return without_figures(reading, asked.found, row_sentence(data)).model_copy(
        update={
            "kind": "answer",
            "badge": "generated_sql",
            "notes": [_NOTE],
            "suggestions": [],
            "columns": [MetricColumn(name=name, kind=kind, unit=None, format=None) for name, kind in kinds.items()],
            "data": data,
            "is_cut": rows.num_rows > MOST_ROWS,
            "chart": AssistantChart(kind=picture.kind, x=picture.x, y=list(picture.y), series=picture.series),
            "table": statement.tables[0] if len(statement.tables) == 1 else None,
            "sql": body.sql,
            "versions": versions_of(reading, asked.tables),
            "links": [Link(path=f"{_SQL}?{pinned}", body=body)],
        }
    )


def _kind(of: pa.DataType) -> ColumnKind:
    if pa.types.is_temporal(of):
        return "time"
    return "metric" if pa.types.is_integer(of) or pa.types.is_floating(of) or pa.types.is_decimal(of) else "dimension"
