"""Questions in words: what they are read as, whatever the data holds."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from rtlakehouse.assistant.evaluation.cases import MOMENT, SPLITS, VALUES, Case, cases
from rtlakehouse.assistant.evaluation.scoring import outcome, score
from rtlakehouse.assistant.reader import read
from rtlakehouse.assistant.suggesting import follow_ups, general
from rtlakehouse.assistant.understanding import AskBack, Moment, Outcome, Refusal, Understood, understand
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.question import Filter

ANSWERED = [case for case in cases() if case.kind == "answer"]


def ask(text: str, context: Understood | None = None, moment: Moment = MOMENT) -> Outcome:
    return understand(read(text, VALUES, moment.now), VALUES, moment, load(), context)


def answered(text: str, context: Understood | None = None) -> Understood:
    found = ask(text, context)
    assert isinstance(found, Understood), (text, found)
    return found


def test_every_open_question_is_read_right() -> None:
    (found,) = [found for found in score() if found.split == "open"]
    assert not found.failures


def test_no_question_is_answered_with_a_wrong_figure_and_a_certain_face() -> None:
    assert [failure for found in score() for failure in found.failures if failure.is_certain] == []


def test_there_are_enough_questions_of_both_splits_and_none_twice() -> None:
    assert len(cases()) >= 150
    assert {case.split for case in cases()} == set(SPLITS)
    assert len({case.ask.lower() for case in cases()}) == len(cases())


@pytest.mark.parametrize("case", [case for case in cases() if isinstance(outcome(case), AskBack)], ids=lambda case: case.ask)
def test_a_question_back_leads_to_an_answer_whatever_is_chosen(case: Case) -> None:
    waiting = [case.ask]
    for _ in range(3):
        outcomes = [ask(text) for text in waiting]
        assert not [found for found in outcomes if isinstance(found, Refusal)], case.ask
        waiting = [choice for found in outcomes if isinstance(found, AskBack) for choice in found.choices]
    assert not waiting


@pytest.mark.parametrize("case", ANSWERED[::6], ids=lambda case: case.ask)
def test_what_is_suggested_after_an_answer_changes_it_and_is_understood(case: Case) -> None:
    found = outcome(case)
    assert isinstance(found, Understood)
    for text in follow_ups(found, load()):
        next_one = ask(text, found)
        if isinstance(next_one, AskBack):
            next_one = ask(next_one.choices[0], found)
        assert isinstance(next_one, Understood), (case.ask, text, next_one)
        assert (next_one.question, next_one.period, next_one.versus) != (found.question, found.period, found.versus), text


def test_what_is_suggested_first_is_answered() -> None:
    for text in general():
        assert answered(text).is_certain


def test_a_follow_up_changes_what_it_names_and_keeps_the_rest() -> None:
    first = answered("orders by country yesterday")
    by_device = answered("and by device?", first)
    assert (by_device.question.metrics, by_device.question.dimensions) == (("orders",), ("device",))
    assert by_device.period == first.period
    today = answered("what about today?", by_device)
    assert today.period.start == first.period.end
    assert today.question.dimensions == ("device",)
    german = answered("only Germany", today)
    assert german.question.filters == (Filter("country", "eq", ("DE",)),)
    french = answered("and France?", german)
    assert french.question.filters == (Filter("country", "eq", ("FR",)),)
    refunds = answered("and refunds?", french)
    assert (refunds.question.metrics, refunds.question.filters) == (("refunds",), french.question.filters)
    assert answered("sessions this week", refunds).question == answered("sessions this week").question


def test_a_word_that_is_not_understood_takes_the_certainty_away() -> None:
    found = answered("frobnicated orders today")
    assert (found.unused, found.is_certain) == (("frobnicated",), False)
    assert not answered("ordrs today").is_certain
    assert answered("orders today").is_certain


@pytest.mark.parametrize("text", ["orders in Atlantis", "orders by city", "orders with glitter", "orders of the campaign winter"])
def test_a_word_that_would_narrow_the_figures_and_is_not_known_is_never_left_out(text: str) -> None:
    assert isinstance(ask(text), Refusal)


@pytest.mark.parametrize(
    ("text", "country"),
    [("orders in us", "US"), ("US orders", "US"), ("orders in the us", "US"), ("show us orders", None), ("orders for us", None)],
)
def test_a_word_that_is_a_country_too_is_one_where_it_stands_like_one(text: str, country: str | None) -> None:
    assert answered(text).question.filters == ((Filter("country", "eq", (country,)),) if country else ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "???",
        "orders last 999999 years",
        "orders on 31 february",
        "orders on 9999-12-31",
        "orders at 99:99",
        "top 0 products by units",
        "\ufdfa orders",
        "orders since 0001-01-01 compared to the previous period",
        "by by by per",
        "not not",
        "vs",
        "orders between 9999-12-30 and 9999-12-31",
        "😀" * 200,
        "orders " * 70,
    ],
)
def test_any_text_is_read_as_something(text: str) -> None:
    assert isinstance(ask(text), Understood | AskBack | Refusal)


def test_times_are_as_of_the_moment_that_is_given() -> None:
    leap = Moment(datetime(2028, 3, 31, 0, 0, 5), None)  # noqa: DTZ001 - naive UTC
    found = ask("orders this month vs last month", moment=leap)
    assert isinstance(found, Understood)
    assert found.period.end - found.period.start == timedelta(days=30, minutes=1)
    assert found.versus is not None
    # February has no thirtieth day, and never reaches into March.
    assert (found.versus.start, found.versus.end) == (datetime(2028, 2, 1), datetime(2028, 3, 1))  # noqa: DTZ001
