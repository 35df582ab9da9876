"""From the words of a question to pieces with a meaning: the longest phrase first, small mistakes of spelling mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rtlakehouse.assistant.lexicon import Cue, Figures, Lexicon, Meaning, Missing, Step, Told, Value, Values, lexicon, with_values
from rtlakehouse.assistant.times import TIME_WORDS, Period, periods
from rtlakehouse.assistant.tokens import Token, cut

__all__ = ["Number", "Piece", "Reading", "read"]

# Letters and digits that a word needs before one, or two, of them may be wrong.
_ONE_WRONG = 5
_TWO_WRONG = 8
# Codes as short as these are words of English too.
_CODE = 3
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}


@dataclass(frozen=True)
class Number:
    """A number that is no part of a time."""

    value: int


@dataclass(frozen=True)
class Piece:
    """Words of the question, tokens [first, last), and what they may mean; none: they are not known."""

    first: int
    last: int
    meanings: tuple[Meaning | Period | Number, ...]

    @property
    def meaning(self) -> Meaning | Period | Number | None:
        return self.meanings[0] if self.meanings else None


@dataclass(frozen=True)
class Reading:
    """A question as it was read: every word is in one piece, in order."""

    text: str
    tokens: tuple[Token, ...]
    pieces: tuple[Piece, ...]

    def words(self, piece: Piece) -> str:
        """The piece as it was written."""
        return self.text[self.tokens[piece.first].start : self.tokens[piece.last - 1].end]

    @property
    def corrected(self) -> tuple[Token, ...]:
        return tuple(token for token in self.tokens if token.corrected)


def read(text: str, values: Values, now: datetime) -> Reading:
    """The pieces of a question. values: those that occur, of each dimension. now: naive UTC."""
    known, occurring = lexicon(), with_values(values)
    tokens = _mended(cut(text), known, occurring)
    found = [*_times(tokens, now), *_phrases(tokens, known, occurring), *_counts(tokens)]
    return Reading(text, tokens, tuple(_whole(tokens, _chosen(found))))


def _times(tokens: Sequence[Token], now: datetime) -> Iterator[Piece]:
    text, firsts, lasts = "", dict[int, int](), dict[int, int]()
    for place, token in enumerate(tokens):
        firsts[len(text)] = place
        text += token.word
        lasts[len(text)] = place + 1
        text += " "
    for start, end, period in periods(text, now):
        yield Piece(firsts[start], lasts[end], (period,))


def _phrases(tokens: Sequence[Token], known: Lexicon, occurring: Lexicon) -> Iterator[Piece]:
    longest = max(map(len, (*known, *occurring)))
    stems = tuple(token.stem for token in tokens)
    shouted = all(token.text == token.text.upper() for token in tokens)
    for first in range(len(tokens)):
        for last in range(first + 1, min(first + longest, len(tokens)) + 1):
            phrase = stems[first:last]
            meant: tuple[Meaning, ...] = known.get(phrase, ())
            named = occurring.get(phrase, ())
            if meant and last == first + 1 and _is_code_word(tokens[first]):
                # `it` is a word; `IT`, or `in it`, is Italy.
                is_named = (tokens[first].text.isupper() and not shouted) or _after_place(tokens, first)
                meant = (*named, *meant) if is_named else meant
            else:
                meant = (*meant, *named) if any(isinstance(meaning, Figures | Told) for meaning in meant) else (*named, *meant)
            if meant:
                yield Piece(first, last, meant)


def _after_place(tokens: Sequence[Token], place: int) -> bool:
    """Whether a word follows `in` or `from`, with or without an article."""
    before = [token.word for token in tokens[max(0, place - 2) : place]]
    return before[-1:] in (["in"], ["from"]) or before in (["in", "the"], ["from", "the"])


def _is_code_word(token: Token) -> bool:
    return len(token.text) <= _CODE


def _counts(tokens: Sequence[Token]) -> Iterator[Piece]:
    for place, token in enumerate(tokens):
        number = int(token.word) if token.is_number and len(token.word) < 7 else _NUMBERS.get(token.word)
        if number:
            yield Piece(place, place + 1, (Number(number),))


def _chosen(found: Sequence[Piece]) -> list[Piece]:
    """Pieces that do not overlap: those of most words first, then times, then as they stand."""
    taken: set[int] = set()
    chosen = []
    for piece in sorted(found, key=_rank):
        places = set(range(piece.first, piece.last))
        if not places & taken:
            taken |= places
            chosen.append(piece)
    return chosen


def _rank(piece: Piece) -> tuple[int, int, int]:
    kinds = (Period, Number, Figures, Told, Value, Missing, Step)
    order = next((place for place, kind in enumerate(kinds) if isinstance(piece.meaning, kind)), len(kinds))
    return piece.first - piece.last, order, piece.first


def _whole(tokens: Sequence[Token], chosen: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces in order, with one of no meaning for each word that is in none."""
    starting: Mapping[int, Piece] = {piece.first: piece for piece in chosen}
    place = 0
    while place < len(tokens):
        piece = starting.get(place, Piece(place, place + 1, ()))
        yield piece
        place = piece.last


def _mended(tokens: Sequence[Token], known: Lexicon, occurring: Lexicon) -> tuple[Token, ...]:
    words = _vocabulary() | {word for phrase in occurring for word in phrase}
    targets = sorted(_content() | {word for phrase in occurring for word in phrase if len(word) >= _ONE_WRONG - 1})
    return tuple(token if token.stem in words else _corrected(token, targets) for token in tokens)


def _corrected(token: Token, targets: Sequence[str]) -> Token:
    """The token read as the one word that it is nearly, where there is one."""
    allowed = 0 if len(token.word) < _ONE_WRONG else 1 if len(token.word) < _TWO_WRONG else 2
    if not allowed or not token.word.isalpha():
        return token
    near = process.extract(token.stem, targets, scorer=OSA.distance, score_cutoff=allowed, limit=2)
    if not near or (len(near) > 1 and near[0][1] == near[1][1]):
        return token
    return replace(token, word=near[0][0], corrected=True)


@cache
def _vocabulary() -> frozenset[str]:
    """Every word that is known; a mistake is made of none of them."""
    return frozenset(word for phrase in lexicon() for word in phrase) | TIME_WORDS | _NUMBERS.keys()


@cache
def _content() -> frozenset[str]:
    """Words that a misspelt one may be: those that say something."""
    said = {
        word
        for phrase, meanings in lexicon().items()
        if not isinstance(meanings[0], Cue)
        for word in phrase
        if len(word) >= _ONE_WRONG - 1
    }
    return frozenset(said | TIME_WORDS) - frozenset(
        word for phrase, meanings in lexicon().items() if len(phrase) == 1 and isinstance(meanings[0], Cue) for word in phrase
    )
