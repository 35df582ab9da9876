"""Questions of the evaluation are answered with the figures that the oracle computes of its shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from assistant.expected import answered, rows_of
from rtlakehouse.api.assistant.schemas import AssistantAnswer
from rtlakehouse.assistant.evaluation.cases import Case
from rtlakehouse.assistant.evaluation.figures import figures, is_right
from rtlakehouse.assistant.evaluation.scoring import score
from rtlakehouse.benchmarks.questions import answering, answers_right


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], AssistantAnswer]]:
    with answering(tmp_path_factory.mktemp("evaluation") / "lake") as found:
        yield found


def test_what_is_read_right_is_answered_right_and_nothing_else(answer: Callable[[str], AssistantAnswer]) -> None:
    for found in score():
        misread = {failure.ask for failure in found.failures}
        wrong = {question for question, is_so in answers_right(answer, found.split).items() if not is_so}
        assert wrong == misread & figures().keys()


def test_every_question_that_has_an_answer_has_figures_and_they_tell_something() -> None:
    assert {case.ask for case in answered()} == figures().keys()
    assert len(figures()) >= 150
    nothing = (0, "0.0000", None)
    told = [rows for rows in figures().values() if any(value not in nothing for row in rows for value in row.values())]
    assert len(told) > 0.97 * len(figures())


# Every tenth in `make test`; the oracle takes its time.
@pytest.mark.parametrize("cases", [answered()[::10], pytest.param(answered(), marks=pytest.mark.long)], ids=["some", "all"])
def test_the_figures_in_the_package_are_the_oracles(cases: list[Case]) -> None:
    wrong = [case.ask for case in cases if not is_right(case.ask, rows_of(case))]
    assert wrong == [], "PYTHONPATH=tests .venv/bin/python -m assistant.expected writes them anew"


def test_rows_that_are_missing_or_too_many_are_not_right() -> None:
    question, rows = max(figures().items(), key=lambda entry: len(entry[1]))
    assert is_right(question, list(reversed(rows)))
    assert not is_right(question, rows[1:])
    assert not is_right(question, [*rows, rows[0]])
    assert not is_right(question, [dict.fromkeys(rows[0]), *rows[1:]])
