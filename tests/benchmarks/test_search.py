"""The hit rate of similar products is counted on trials whose outcome is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtlakehouse.benchmarks.search import Learned, Trial, hits
from rtlakehouse.benchmarks.texts import text_figures
from rtlakehouse.search.index import Point
from rtlakehouse.search.memory import MemoryIndex
from rtlakehouse.search.products.embedding import Lines
from rtlakehouse.search.text import choice


@pytest.fixture
def learned() -> Learned:
    """Thirty products: 1 and 2 go together, 3 and 4; all others are in more orders than those, and in the company of none."""
    orders = np.array([0, 5, 5, 5, 5, *range(10, 35)])
    index = MemoryIndex(2)
    at = {1: [1, 0], 2: [1, 0.1], 3: [0, 1], 4: [0.1, 1]} | {number: [-1, -number] for number in range(5, 30)}
    index.upsert([Point(str(number), np.array(vector, np.float32), {}) for number, vector in at.items()])
    pairs = np.array([2, 1, 4, 3])
    return Learned(orders, Lines(np.array([1, 2, 3, 4]), np.arange(4), pairs, np.full(4, 5)), index)


def test_what_is_proposed_is_a_hit_where_it_holds_what_was_hidden(learned: Learned) -> None:
    alike, popular = Trial(2, (1,)), Trial(29, (3,))
    assert hits(learned, [alike]) == {"similar": 100, "together": 100, "popular": 0}
    assert hits(learned, [alike, Trial(3, (4,)), popular, popular])["popular"] == 50


def test_nothing_that_an_order_has_already_is_proposed(learned: Learned) -> None:
    for propose in (learned.similar, learned.together, learned.popular):
        found = propose((3, 1))
        assert len(found) == 10
        assert not {3, 1} & set(found)


@pytest.mark.long
def test_by_words_alone_most_metrics_and_pages_that_are_meant_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "find_spec", lambda name: None)
    found = {figure.name: figure for figure in text_figures(tmp_path / "lake")}
    assert found.keys() == {f"search_texts_words_{what}" for what in ("built", "metric", "page")}
    assert found["search_texts_words_metric"].value > 90
    assert found["search_texts_words_page"].value > 60
