"""A chart explained: its figures beside those of another range, its extremes, what was to be expected, and what moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from rtlakehouse.anomalies.judging import figure
from rtlakehouse.anomalies.series import Span
from rtlakehouse.anomalies.watched import SegmentDimension, Subject, Wanted, Watched, one_series
from rtlakehouse.api.anomalies.schemas import MAX_RANGE, ExpectedMinute
from rtlakehouse.api.anomalies.service import expected
from rtlakehouse.api.answers import Reading
from rtlakehouse.api.assistant.asking import computed, link_to, naive, query_of, range_of, versions_of
from rtlakehouse.api.assistant.explain_schemas import AssistantExplanation, ExplainBody, ExplainedSentence, ExplanationLink, Topic
from rtlakehouse.api.metrics_catalog.schemas import MetricsQuery
from rtlakehouse.assistant.comparing import before
from rtlakehouse.assistant.explaining import PRODUCT, Part, extremes, furthest, moved, one_currency
from rtlakehouse.assistant.joining import joined
from rtlakehouse.assistant.times import Period
from rtlakehouse.assistant.understanding import Understood
from rtlakehouse.assistant.wording import sentence, shown_range, what
from rtlakehouse.clock import isoformat
from rtlakehouse.errors import UsageError
from rtlakehouse.ml import DEFAULT, detector
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.question import STEP, Filter, Question, check, step_of
from rtlakehouse.semantic.statement import compile_question, first_step

__all__ = ["ChartAsked", "explanation"]

_KPIS = "gold.kpis_1m"
_PARTS = ("country", "device", "campaign", "referrer", PRODUCT)
_MOST_ROWS = 10_000
_MOST_PARTS = 100_000
_TOLD_MINUTES = 3


def explanation(
    reading: Reading, sentences: list[ExplainedSentence], tables: list[str], links: list[ExplanationLink], **subject: Any
) -> AssistantExplanation:
    """An explanation of these sentences, of the versions that are read."""
    return AssistantExplanation(
        text=" ".join(each.text for each in sentences),
        sentences=sentences,
        versions=versions_of(reading, tables),
        as_of=isoformat(reading.snapshot.as_of),
        links=links,
        **{"query": None, "compared_to": None, **subject},
    )


@dataclass(frozen=True)
class ChartAsked:
    """A chart that is to be explained: the question, its range and the one beside it.

    Raises UsageError and NotFoundError for a question that cannot be asked.
    """

    question: Question
    period: Period
    versus: Period
    newest: datetime | None

    @classmethod
    def of(cls, reading: Reading, body: ExplainBody, query: MetricsQuery) -> ChartAsked:
        """The chart of a query."""
        check(query.question, load())
        newest = reading.snapshot.newest_window(reading.tenant_id)
        period = Period(*query.range.resolve(newest))
        beside = body.compared_to
        try:
            versus = Period(naive(beside.start), naive(beside.end)) if beside else before(period)
        except OverflowError as error:
            raise UsageError("What it would be compared with lies outside of the calendar; pass `compared_to`.") from error
        if versus.start >= versus.end:
            raise UsageError("The range in `compared_to` is empty; `from` must be before `to`.")
        return cls(query.question, period, versus, newest)

    @property
    def tables(self) -> list[str]:
        """Every table that the explanation takes."""
        asked = [self.question, self._whole, self._course, *self._by_part.values()]
        series = [self._series.table] if self._series else []
        return sorted({_KPIS, *series, *(compile_question(question, load()).table for question in asked)})

    def told(self, reading: Reading) -> AssistantExplanation:
        """The chart in words."""
        sentences = [ExplainedSentence(about=about, text=text) for about, text in self._sentences(reading)]
        table = compile_question(self.question, load()).table
        now, then = (query_of(self.question, period) for period in (self.period, self.versus))
        links = [ExplanationLink(method="POST", path=link_to(reading, table, each).path, body=each) for each in (now, then)]
        return explanation(reading, sentences, self.tables, links, query=now, compared_to=range_of(self.versus))

    @cached_property
    def _whole(self) -> Question:
        """The figures of the whole range, money by currency."""
        names = ("currency",) if "currency" in self.question.dimensions else ()
        return Question(self.question.metrics, names, self.question.filters)

    @cached_property
    def _course(self) -> Question:
        """What extremes are looked for in: steps of the whole, or what tells the rows apart."""
        if self.question.grain == "all":
            return replace(self.question, order=(), limit=None)
        return replace(self._whole, grain=self.question.grain)

    @cached_property
    def _by_part(self) -> dict[str, Question]:
        """The first metric by each dimension that the question does not pin to a value."""
        metric = load().metric(self.question.metrics[0])
        pinned = {wanted.dimension for wanted in self.question.filters if wanted.operator == "eq"}
        money = () if not metric.is_money or one_currency(self.question) else ("currency",)
        return {
            name: Question((metric.name,), (name, *money), self.question.filters)
            for name in _PARTS
            if name in metric.dimensions and name not in pinned
        }

    @cached_property
    def _series(self) -> Subject | None:
        """The series that is judged minute by minute, where the first metric of the question is one."""
        if self.question.metrics[0] not in set(Watched) or self.period.end - self.period.start > MAX_RANGE:
            return None
        return _subject(Watched(self.question.metrics[0]), self.question.filters)

    @property
    def _steps(self) -> int:
        length = step_of(self.question.grain)
        return 1 if length is None else -((first_step(self.period.start, length) - self.period.end) // length)

    def _sentences(self, reading: Reading) -> Iterator[tuple[Topic, str]]:
        rows = computed(reading, self.question, self.period, _MOST_ROWS)
        yield "what", f"{what(self.question, load())}, {shown_range(self.period)}, in {len(rows):,} rows.{self._open(reading)}"
        asked = Understood(self._whole, self.period, self.versus)
        now, then = (computed(reading, self._whole, period) for period in (self.period, self.versus))
        yield "change", sentence(asked, joined(asked, now, then, load()), load(), self.newest)
        course = computed(reading, self._course, self.period, _MOST_ROWS)
        for text in extremes(self._course, course, load()):
            yield "extremes", text
        if empty := self._steps - len({row.get(STEP) for row in course}):
            yield "extremes", f"{empty:,} of its {self._steps:,} steps have nothing."
        if text := self._expected(reading):
            yield "expected", text
        if parts := furthest(self._parts(reading)):
            yield "moved", moved(parts, load().metric(self.question.metrics[0]), load())

    def _open(self, reading: Reading) -> str:
        is_open = self.period.end.replace(tzinfo=UTC) > reading.watermark
        return " Its last minutes are not final: more may come." if is_open else ""

    def _parts(self, reading: Reading) -> Iterator[Part]:
        metric = load().metric(self.question.metrics[0])
        for name, question in self._by_part.items():
            asked = Understood(question, self.period, self.versus)
            now, then = (computed(reading, question, period, _MOST_PARTS) for period in (self.period, self.versus))
            for row in joined(asked, now, then, load()):
                if row[name] is not None and row[f"{metric.name}_change"] is not None:
                    currency = row.get("currency") or one_currency(question)
                    yield Part(name, row[name], currency, row[metric.name], row[f"{metric.name}_previous"])

    def _expected(self, reading: Reading) -> str:
        """How many minutes were unlike the days before; nothing where that is not known."""
        if self._series is None:
            return ""
        span = Span.of(reading, self.period.start, self.period.end)
        judged = [
            each
            for each in expected(reading, span, Wanted(detector(DEFAULT), **vars(self._series)))
            if each.low is not None and each.high is not None
        ]
        if not judged:
            return f"Too little is known of {self._series} to say what was to be expected."
        outside = [each for each in judged if not (each.low or 0) <= each.judged <= (each.high or 0)]
        told = "; ".join(_minute(self._series, each) for each in outside[:_TOLD_MINUTES])
        last = f"The last final one, {_minute(self._series, judged[-1])}."
        named = f", first {told}" if outside else ""
        minutes = f"Of {len(judged):,} final minutes of {self._series}"
        return f"{minutes}, {len(outside):,} were outside of what was expected{named}. {last}"


def _subject(metric: Watched, filters: tuple[Filter, ...]) -> Subject | None:
    """The series of a metric with at most one filter, on the currency or segment that it is of."""
    pinned = {wanted.dimension: str(wanted.values[0]) for wanted in filters if wanted.operator == "eq"}
    currency = pinned.pop("currency", None)
    segment = next(((name, value) for name, value in pinned.items() if name in set(SegmentDimension)), None)
    if len(filters) > 1 or len(filters) != (currency is not None) + (segment is not None):
        return None
    try:
        return one_series(metric, currency, SegmentDimension(segment[0]) if segment else None, segment[1] if segment else None)
    except UsageError:
        return None


def _minute(series: Subject, minute: ExpectedMinute) -> str:
    band = f"{figure(series.metric, minute.low or 0)} to {figure(series.metric, minute.high or 0)}"
    return f"{minute.window_start:%Y-%m-%d %H:%M}: {figure(series.metric, minute.judged)}, expected {band}"
