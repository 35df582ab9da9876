"""Which values the dimensions have in the data, asked of the semantic layer."""

from __future__ import annotations

from datetime import datetime

from rtlakehouse.api.answers import Reading
from rtlakehouse.assistant.lexicon import Values
from rtlakehouse.figures import Span, figures
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.question import Filter, Order, Question
from rtlakehouse.semantic.statement import compile_question

__all__ = ["TABLES_OF_VALUES", "occurring"]

# All of them are gold: reading them costs little, however many events there are.
TABLES_OF_VALUES = ("gold.products_1m", "gold.revenue_1m", "gold.segments_1m")
_SEGMENTED = ("country", "device", "campaign", "referrer")
# A value that is rarer than so many others is not known by name.
_MOST = 1_000
_FIRST, _LAST = datetime(1970, 1, 1), datetime(9999, 12, 29)  # noqa: DTZ001 - naive UTC, as in the statements
_AROUND = "\"'\u201c\u201d\u2018\u2019()[],.;:?!"


def occurring(reading: Reading, question: str) -> Values:
    """The values that occur, of each dimension with names; of products only those that the question names."""
    found = {name: _found(reading, Question(("events",), (name,), (Filter(name, "is_not_null"),))) for name in _SEGMENTED}
    found["currency"] = _found(reading, Question(("gross", "refunded"), ("currency",)))
    if words := _words(question):
        named = Filter("product_id", "in", words)
        found["product_id"] = _found(reading, Question(("page_views", "units"), ("product_id",), (named,)))
    found["event_type"] = load().dimension("event_type").values
    return found


def _found(reading: Reading, question: Question) -> tuple[str, ...]:
    ordered = Question(
        question.metrics, question.dimensions, question.filters, "all", (Order(question.metrics[0], descending=True),), _MOST
    )
    statement = compile_question(ordered, load())
    since = reading.snapshot.kept_since(statement.table, reading.tenant_id) or _FIRST
    rows = figures(reading.snapshot, ordered, statement, Span(reading.tenant_id, since, _LAST), _MOST)
    return tuple(value for value in rows[question.dimensions[0]].to_pylist() if value is not None)


def _words(question: str) -> tuple[str, ...]:
    written = [word.strip(_AROUND) for word in question.split()]
    return tuple(dict.fromkeys(form for word in written for form in (word, word.lower(), word.upper())))
