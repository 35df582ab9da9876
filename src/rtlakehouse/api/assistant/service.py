"""A question in words, read, computed over one snapshot, and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.assistant.asking import MOST_ROWS, computed, link_to, naive, query_of, range_of, versions_of
from rtlakehouse.api.assistant.schemas import (
    AssistantAnswer,
    AssistantChart,
    AssistantContext,
    AssistantEvaluation,
    AssistantMiss,
    AssistantScore,
    AssistantSuggestion,
    AssistantSuggestions,
)
from rtlakehouse.api.assistant.understood import told_words
from rtlakehouse.api.assistant.values import TABLES_OF_VALUES, occurring
from rtlakehouse.api.formats import plain
from rtlakehouse.api.metrics_catalog.schemas import MetricColumn, MetricsQuery, entry
from rtlakehouse.api.metrics_catalog.service import columns
from rtlakehouse.assistant.evaluation.scoring import Score, score
from rtlakehouse.assistant.joining import joined
from rtlakehouse.assistant.lexicon import Values
from rtlakehouse.assistant.reader import Reading as Words
from rtlakehouse.assistant.reader import read
from rtlakehouse.assistant.suggesting import follow_ups, general, possible
from rtlakehouse.assistant.times import Period
from rtlakehouse.assistant.understanding import AskBack, Moment, Outcome, Understood, understand
from rtlakehouse.assistant.wording import chart, sentence
from rtlakehouse.clock import isoformat
from rtlakehouse.errors import UsageError
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.statement import compile_question

__all__ = ["SUGGESTED_FROM", "Asked", "asked", "evaluation", "suggestions", "told", "without_figures"]

_KPIS = "gold.kpis_1m"
SUGGESTED_FROM = (_KPIS, *TABLES_OF_VALUES)
# What filters of a question in words compare by.
_SAID = ("eq", "ne", "in", "not_in")


@dataclass(frozen=True)
class Asked:
    """A question as it was read, as of a moment, and what it turned out to mean. is_generated: that a model said so."""

    words: Words
    moment: Moment
    values: Values
    outcome: Outcome
    is_generated: bool = False

    @property
    def tables(self) -> list[str]:
        """Every table that reading and answering it takes."""
        own = [compile_question(self.outcome.question, load()).table] if isinstance(self.outcome, Understood) else []
        return sorted({_KPIS, *TABLES_OF_VALUES, *own})


def asked(reading: Reading, question: str, context: AssistantContext | None, now: datetime) -> Asked:
    """What a question means, as of `now`. context: of the answer that it follows up."""
    newest = reading.snapshot.newest_window(reading.tenant_id)
    moment = Moment(naive(now), newest + timedelta(minutes=1) if newest else None)
    values = occurring(reading, question)
    words = read(question, values, moment.now)
    before = None if context is None else _understood(context, moment)
    return Asked(words, moment, values, understand(words, values, moment, load(), before))


def told(reading: Reading, found: Asked, notes: Sequence[str] = ()) -> AssistantAnswer:
    """The answer to a question, with its figures where there are any. notes: what is to be said besides."""
    outcome = found.outcome
    if isinstance(outcome, Understood):
        return _figures(reading, found, replace(outcome, notes=(*outcome.notes, *notes)))
    answer = without_figures(reading, found, outcome.text, notes)
    if isinstance(outcome, AskBack):
        return answer.model_copy(update={"kind": "question", "choices": list(outcome.choices), "suggestions": []})
    return answer


def without_figures(reading: Reading, found: Asked, text: str, notes: Sequence[str] = ()) -> AssistantAnswer:
    """An answer that says no more than this; a refusal, unless it is made something else."""
    return AssistantAnswer(
        kind="refusal",
        text=text,
        badge=None,
        notes=list(notes),
        choices=[],
        suggestions=list(general()),
        understood=told_words(found.words),
        unused=[],
        metrics=[],
        columns=[],
        data=[],
        is_cut=False,
        chart=None,
        query=None,
        compared_to=None,
        table=None,
        sql=None,
        versions=versions_of(reading, found.tables),
        as_of=isoformat(reading.snapshot.as_of),
        links=[],
        context=None,
    )


def suggestions(reading: Reading) -> AssistantSuggestions:
    """Questions that this snapshot answers; which, depends on the data alone."""
    newest = reading.snapshot.newest_window(reading.tenant_id)
    if newest is None:
        return AssistantSuggestions(data=[])
    moment = Moment(newest, newest + timedelta(minutes=1))
    found = possible(occurring(reading, ""), moment, load())
    return AssistantSuggestions(
        data=[AssistantSuggestion(question=text, metrics=list(meant.question.metrics)) for text, meant in found]
    )


def evaluation() -> AssistantEvaluation:
    """The score of this release."""
    return AssistantEvaluation(data=[_score(found) for found in score()])


def _score(found: Score) -> AssistantScore:
    misses = [
        AssistantMiss(question=miss.ask, expected=miss.expected, found=miss.found, is_certain=miss.is_certain)
        for miss in found.failures
    ]
    return AssistantScore(
        split=found.split,
        questions=found.questions,
        right=found.right,
        certain_and_wrong=found.certain_and_wrong,
        misses=misses,
    )


def _figures(reading: Reading, found: Asked, outcome: Understood) -> AssistantAnswer:
    statement = compile_question(outcome.question, load())
    rows = computed(reading, outcome.question, outcome.period)
    if outcome.versus:
        whole = replace(outcome.question, limit=None)
        rows = joined(outcome, rows, computed(reading, whole, outcome.versus), load())
    query = query_of(outcome.question, outcome.period)
    ranges = [outcome.period, *([outcome.versus] if outcome.versus else [])]
    drawn = chart(outcome.question, outcome.versus is not None)
    versus = range_of(outcome.versus) if outcome.versus else None
    return AssistantAnswer(
        kind="answer",
        text=sentence(outcome, rows[:MOST_ROWS], load(), found.moment.newest),
        badge="generated_sql" if found.is_generated else "certified_metric" if outcome.is_certain else "not_sure",
        notes=list(outcome.notes),
        choices=[],
        suggestions=list(follow_ups(outcome, load())),
        understood=told_words(found.words),
        unused=list(outcome.unused),
        metrics=[entry(load().metric(name)) for name in outcome.question.metrics],
        columns=_columns(outcome),
        data=[{name: plain(value) for name, value in row.items()} for row in rows[:MOST_ROWS]],
        is_cut=len(rows) > MOST_ROWS,
        chart=AssistantChart(kind=drawn.kind, x=drawn.x, y=list(drawn.y), series=drawn.series),
        query=query,
        compared_to=versus,
        table=statement.table,
        sql=" ".join(statement.sql.split()),
        versions=versions_of(reading, found.tables),
        as_of=isoformat(reading.snapshot.as_of),
        links=[link_to(reading, statement.table, query_of(outcome.question, period)) for period in ranges],
        context=AssistantContext(query=query, compared_to=versus) if _may_follow(query) else None,
    )


def _columns(outcome: Understood) -> list[MetricColumn]:
    found = columns(outcome.question, load())
    if not outcome.versus:
        return found
    beside = []
    for column in found:
        beside.append(column)
        if column.kind == "metric":
            beside += [column.model_copy(update={"name": f"{column.name}_{what}"}) for what in ("previous", "change")]
            beside.append(MetricColumn(name=f"{column.name}_relative_change", kind="metric", unit="share", format="percent"))
    return beside


def _understood(context: AssistantContext, moment: Moment) -> Understood:
    """The question that was answered. Raises UsageError for one that never was."""
    if not _may_follow(context.query):
        raise UsageError("That context is of no answer of the assistant; pass `context` of an answer as it is.")
    start, end = context.query.range.resolve(moment.newest)
    versus = context.compared_to
    beside = Period(naive(versus.start), naive(versus.end)) if versus else None
    return Understood(context.query.question, Period(start, end), beside)


def _may_follow(query: MetricsQuery) -> bool:
    """Whether words can change it: whether they could have asked it."""
    return all(wanted.operator in _SAID for wanted in query.filters)
