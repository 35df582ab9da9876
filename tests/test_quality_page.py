"""docs/quality.md shows the kinds of expectations and the parts of the score as the code has them."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from markdown import pages, rows, section, spans
from rtlakehouse.medallion.expectations import Kind, expectations
from rtlakehouse.quality.lateness import Lateness
from rtlakehouse.quality.score import Balance, Measured, score

PAGE = pages()[Path("docs/quality.md")]


def test_every_kind_of_expectation_is_explained_and_used() -> None:
    kinds = [spans(row[0])[0] for row in rows(section(PAGE, "Expectations"))]
    assert kinds == list(get_args(Kind))
    assert {each.kind for each in expectations()} == set(kinds)


def test_every_part_of_the_score_is_there_with_its_weight() -> None:
    parts = score(Measured((), (), Lateness(0, 0, (), ()), Balance(0, 0))).parts
    assert [(spans(row[0])[0], row[1]) for row in rows(section(PAGE, "The score"))] == [(p.name, str(p.weight)) for p in parts]


def test_an_expectation_has_a_name_of_its_own_that_begins_with_its_table() -> None:
    names = [each.name for each in expectations()]
    assert len(set(names)) == len(names)
    assert all(each.name.startswith(f"{each.table}.") for each in expectations())
