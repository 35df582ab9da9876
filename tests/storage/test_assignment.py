"""Which engine a lake is of: written down once one has worked on it, and respected from then on."""

from __future__ import annotations

import pytest

from rtlakehouse.errors import UsageError
from rtlakehouse.storage.assignment import assign, choose, engine_of
from rtlakehouse.storage.lake import Lake
from storage.rows import NOON


def test_a_new_lake_is_nobodys_and_takes_the_engine_that_is_wanted(lake: Lake) -> None:
    assert engine_of(lake) is None
    assert [choose(lake, wanted) for wanted in ("auto", "embedded", "spark")] == ["embedded", "embedded", "spark"]


def test_a_lake_of_an_engine_is_run_by_it_without_asking(lake: Lake) -> None:
    assign(lake, "spark", NOON)
    assert engine_of(Lake.open(lake.root)) == "spark"
    assert choose(lake, "auto") == choose(lake, "spark") == "spark"


def test_another_engine_is_refused_with_the_command_that_moves_the_lake(lake: Lake) -> None:
    assign(lake, "spark", NOON)
    with pytest.raises(UsageError, match=r"worked on by the spark engine.*rtl handover --to embedded"):
        choose(lake, "embedded")


def test_a_lake_older_than_the_note_is_the_embedded_engines(refined: Lake) -> None:
    assert engine_of(refined) == "embedded"
    with pytest.raises(UsageError, match="rtl handover --to spark"):
        choose(refined, "spark")
