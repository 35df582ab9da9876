"""What each word of a question was taken for, to be shown beside it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from rtlakehouse.api.assistant.schemas import UnderstoodWords
from rtlakehouse.assistant.lexicon import Beyond, Course, Cue, Figures, Missing, Rank, Step, Told, Value
from rtlakehouse.assistant.reader import Number, Piece, Reading
from rtlakehouse.assistant.times import Period
from rtlakehouse.assistant.wording import shown_range

__all__ = ["told_words"]

_Told: TypeAlias = tuple[
    Literal[
        "metric", "dimension", "value", "time", "step", "rank", "number", "comparison", "connective", "not_told", "not_known"
    ],
    str,
]


def told_words(reading: Reading) -> list[UnderstoodWords]:
    """Every word of the question in order, those that belong together in one."""
    found = []
    for piece in reading.pieces:
        kind, meaning = _told(piece)
        found.append(UnderstoodWords(words=reading.words(piece), kind=kind, meaning=meaning))
    return found


def _told(piece: Piece) -> _Told:
    match piece.meaning:
        case Figures(metrics=metrics, is_choice=is_choice):
            return "metric", (" or " if is_choice else ", ").join(metrics)
        case Told(dimension=dimension):
            return "dimension", dimension
        case Value():
            named = (meaning for meaning in piece.meanings if isinstance(meaning, Value))
            return "value", " or ".join(f"{value.dimension} = {value.value}" for value in named)
        case Missing(dimension=dimension, value=value):
            return "not_told", f"no event has {dimension} = {value}"
        case Period() as period:
            return "time", "the one before" if period.is_previous else shown_range(period)
        case Step(grain=grain):
            return "step", grain
        case Course():
            return "step", "over time"
        case Rank(descending=descending):
            return "rank", "highest" if descending else "lowest"
        case Number(value=number):
            return "number", str(number)
        case Beyond(why=why):
            return "not_told", why
        case Cue(role=role):
            return ("comparison", "compared") if role in ("compare", "than") else ("connective", "not" if role == "not" else "")
        case _:
            return "not_known", ""
