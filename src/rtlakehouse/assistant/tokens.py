"""A question cut into words, each with its place in the text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Token", "cut", "singular", "words_of"]

# A date, a time of day, a word, or a sign of a currency. What joins words (hyphen, underscore, slash) parts them.
_TOKEN = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[tT]\d{2}:\d{2}(?::\d{2})?[zZ]?)?|\d{1,2}:\d{2}(?::\d{2})?|[^\W_]+(?:['\u2019][^\W_]+)*|[€$£¥]"
)
_POSSESSIVE = re.compile(r"['\u2019]s$")
_NOT_PLURAL = ("ss", "us", "is")
_SHORTEST_PLURAL = 4
# The phrases of the package and the values of a shop, so that a question costs its own words.
_PHRASES = 20_000


@dataclass(frozen=True)
class Token:
    """A word as it was written, where, and as it is read. corrected: the reading is another word than was written."""

    text: str
    start: int
    end: int
    word: str
    corrected: bool = False

    @property
    def stem(self) -> str:
        return singular(self.word)

    @property
    def is_number(self) -> bool:
        return self.word.isdecimal()


def cut(text: str) -> tuple[Token, ...]:
    """The words of a text, in order."""
    return tuple(Token(found.group(), found.start(), found.end(), _read(found.group())) for found in _TOKEN.finditer(text))


@lru_cache(_PHRASES)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a phrase or value as they are compared: small, singular."""
    return tuple(token.stem for token in cut(text))


def singular(word: str) -> str:
    """A word without the ending of a plural; the same is done to both sides, so a wrong stem does no harm."""
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or word.endswith(_NOT_PLURAL):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]


def _read(text: str) -> str:
    # One letter may stand for several words.
    return "".join(_POSSESSIVE.sub("", unicodedata.normalize("NFKC", text).casefold()).split())
