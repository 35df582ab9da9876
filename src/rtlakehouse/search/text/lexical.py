"""Vectors of texts without a model: words and pieces of words, hashed, those that are in few texts counting for more."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np

from rtlakehouse.search.index import Vector
from rtlakehouse.search.memory import direction

__all__ = ["Lexical"]

_WORD = re.compile(r"[^\W_]+")
# A word counts as a whole, and its pieces together for about half as much: they find it in another form.
_PIECE = 4
_PIECES_WEIGHT = 0.5
# What says nothing of what a text is about.
_EMPTY = frozenset(
    "a an and are as at by for from how i in is it its many much of on or our per show tell that the this to was what when which"  # noqa: SIM905 - one word a line would be a page
    " who with".split()
)


class Lexical:
    """Knows how many of some texts each feature is in. Of the same texts it gives the same vectors, in every process."""

    name = "words"
    # So many that the some thousand words and pieces of this package's own texts seldom meet.
    dimensions = 4_096
    # Texts that have only a piece of a word in common with what is asked.
    noise = 0.05

    def __init__(self, texts: Sequence[str]) -> None:
        self._count = len(texts)
        self._in = Counter(feature for text in texts for feature in set(_features(text)))

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """The direction of each text; 0 where it has no word that says anything."""
        return [self._direction(dict(_weighted(text))) for text in texts]

    def asked(self, words: str, own: Sequence[str]) -> Vector:
        """The direction of what is asked, without what no text is written with, neither a known one nor one of `own`."""
        there = {feature for text in own for feature in _features(text)}
        return self._direction({name: weight for name, weight in _weighted(words) if name in self._in or name in there})

    def _direction(self, weights: Mapping[str, float]) -> Vector:
        found = np.zeros(self.dimensions, np.float32)
        for feature, weight in weights.items():
            number = _number(feature)
            place, sign = number % self.dimensions, 1 if number >> 63 else -1
            found[place] += sign * weight * math.log(1 + self._count / (1 + self._in[feature]))
        return direction(found)


def _weighted(text: str) -> Iterator[tuple[str, float]]:
    for feature, times in Counter(_features(text)).items():
        yield feature, (1 + math.log(times)) * (1.0 if feature.startswith("=") else _PIECES_WEIGHT)


def _features(text: str) -> Iterator[str]:
    for word in _WORD.findall(text.casefold()):
        if word in _EMPTY:
            continue
        yield f"={word}"
        padded = f"<{word}>"
        yield from (padded[start : start + _PIECE] for start in range(max(1, len(padded) - _PIECE + 1)))


@lru_cache(maxsize=100_000)
def _number(feature: str) -> int:
    return int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "big")
