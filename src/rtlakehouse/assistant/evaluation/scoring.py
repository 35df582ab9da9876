"""How many questions of the evaluation are read as they must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rtlakehouse.assistant.evaluation.cases import MOMENT, SPLITS, VALUES, Case, Expected, Range, Split, cases
from rtlakehouse.assistant.reader import read
from rtlakehouse.assistant.understanding import AskBack, Outcome, Understood, understand
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.question import Question

__all__ = ["Failure", "Score", "outcome", "score"]


@dataclass(frozen=True)
class Failure:
    """A question that was read as something else. is_certain: figures were given, and as certain ones: the worst that can be."""

    ask: str
    expected: str
    found: str
    is_certain: bool


@dataclass(frozen=True)
class Score:
    """Of one split: how many questions there are, how many were read right, and what became of the others."""

    split: Split
    questions: int
    right: int
    failures: tuple[Failure, ...]

    @property
    def certain_and_wrong(self) -> int:
        return sum(failure.is_certain for failure in self.failures)


@cache
def score() -> tuple[Score, ...]:
    """The score of each split. The same release gives the same."""
    return tuple(_scored(split, [case for case in cases() if case.split == split]) for split in SPLITS)


def outcome(case: Case) -> Outcome:
    """What a question of the evaluation is read as."""
    return understand(read(case.ask, VALUES, MOMENT.now), VALUES, MOMENT, load())


def _scored(split: Split, asked: Sequence[Case]) -> Score:
    failures = [failure for case in asked if (failure := _failure(case, outcome(case)))]
    return Score(split, len(asked), len(asked) - len(failures), tuple(failures))


def _failure(case: Case, found: Outcome) -> Failure | None:
    got = _got(found) if isinstance(found, Understood) else None
    kind = "answer" if got else "question" if isinstance(found, AskBack) else "refusal"
    if kind == case.kind and (case.expected is None or _plain(case.expected) == (got and _plain(got))):
        return None
    is_certain = isinstance(found, Understood) and found.is_certain
    return Failure(case.ask, _told(case.kind, case.expected), _told(kind, got), is_certain)


def _got(found: Understood) -> Expected:
    versus = (found.versus.start, found.versus.end) if found.versus else None
    return Expected(found.question, (found.period.start, found.period.end), versus)


def _plain(asked: Expected) -> tuple[object, ...]:
    """What must be equal. The order of rows counts only where there are but the first of them."""
    question = asked.question
    filters = {(wanted.dimension, wanted.operator, frozenset(wanted.values)) for wanted in question.filters}
    order = question.order if question.limit else ()
    return (
        set(question.metrics),
        set(question.dimensions),
        filters,
        question.grain,
        order,
        question.limit,
        asked.range,
        asked.versus,
    )


def _told(kind: str, asked: Expected | None) -> str:
    if asked is None:
        return kind
    return f"{_question(asked.question)}, {_range(asked.range)}{f' against {_range(asked.versus)}' if asked.versus else ''}"


def _question(question: Question) -> str:
    filters = "".join(f" {wanted.dimension} {wanted.operator} {','.join(map(str, wanted.values))}" for wanted in question.filters)
    by = f" by {','.join(question.dimensions)}" if question.dimensions else ""
    limit = f" {'top' if question.order[0].descending else 'bottom'} {question.limit}" if question.limit else ""
    return f"{','.join(question.metrics)}{by}{filters}{f' per {question.grain}' if question.grain != 'all' else ''}{limit}"


def _range(ends: Range) -> str:
    return " to ".join(f"{end:%Y-%m-%d %H:%M}" for end in ends)
