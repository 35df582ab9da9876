"""What the pieces of a question ask for, each word in its place among the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rtlakehouse.assistant.lexicon import Beyond, Course, Cue, Figures, Missing, Rank, Role, Step, Told, Value, words
from rtlakehouse.assistant.reader import Number, Piece, Reading
from rtlakehouse.assistant.times import Period
from rtlakehouse.semantic.catalogue import Grain

__all__ = ["Wanted", "gather"]


@dataclass
class Wanted:
    """What was found in a question.

    choice: words that may mean one of several metrics, where no other metric is named. undecided: words that are values of
    several dimensions. unplaced: words that are not known where they must be to tell the figures. unused: other words that are
    not known. count: rows of the highest or lowest; is_many: where no number is named, whether several are asked for.
    """

    metrics: list[str] = field(default_factory=list)
    choice: tuple[Piece, Figures] | None = None
    dimensions: list[str] = field(default_factory=list)
    chosen: dict[str, list[str | bool]] = field(default_factory=dict)
    excluded: dict[str, list[str | bool]] = field(default_factory=dict)
    undecided: list[Piece] = field(default_factory=list)
    grains: list[Grain] = field(default_factory=list)
    has_course: bool = False
    descending: bool | None = None
    count: int | None = None
    is_many: bool = False
    periods: list[Period] = field(default_factory=list)
    versus: list[Period] = field(default_factory=list)
    is_compared: bool = False
    follows: bool = False
    adds: bool = False
    beyond: list[tuple[Piece, str]] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    unplaced: list[Piece] = field(default_factory=list)
    unused: list[Piece] = field(default_factory=list)

    @property
    def narrows(self) -> bool:
        """Whether anything but a metric is asked for."""
        told = (self.dimensions, self.chosen, self.excluded, self.grains, self.periods, self.versus)
        return any(told) or self.has_course or self.descending is not None or self.is_compared


def gather(reading: Reading) -> Wanted:
    """What a question asks for. Nothing is decided yet."""
    gathering = _Gathering(reading)
    for place in range(len(reading.pieces)):
        gathering.take(place)
    return gathering.settled()


class _Gathering:
    """Takes one piece after the other, looking at its neighbours."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._pieces: Sequence[Piece] = reading.pieces
        self._wanted = Wanted()
        self._excludes = False
        self._choices: list[tuple[Piece, Figures]] = []
        self._takers = {
            Figures: self._figures,
            Told: self._told,
            Value: self._value,
            Rank: self._rank,
            Number: self._number,
            Period: self._period,
            Cue: self._cue,
        }

    def take(self, place: int) -> None:
        piece = self._pieces[place]
        meaning = piece.meaning
        if not isinstance(meaning, Value) and self._role(place) != "noise" and not self._is("also", place):
            self._excludes = False
        match meaning:
            case None:
                self._unknown(place)
            case Step():
                self._wanted.grains += [meaning.grain] if meaning.grain not in self._wanted.grains else []
            case Course():
                self._wanted.has_course = True
            case Beyond():
                self._wanted.beyond.append((piece, meaning.why))
            case Missing():
                self._wanted.missing.append(meaning)
            case _:
                self._takers[type(meaning)](place)

    def settled(self) -> Wanted:
        wanted = self._wanted
        if not wanted.metrics and self._choices:
            wanted.choice = self._choices[0]
        several = [name for name, values in wanted.chosen.items() if len(values) > 1]
        if wanted.is_compared and not wanted.versus and len(wanted.periods) == 2:
            wanted.versus.append(wanted.periods.pop())
        if wanted.is_compared and not wanted.versus and several:
            wanted.dimensions += [name for name in several if name not in wanted.dimensions]
            wanted.is_compared = False
        return wanted

    def _figures(self, place: int) -> None:
        piece = self._pieces[place]
        meaning = piece.meaning
        assert isinstance(meaning, Figures)  # noqa: S101 - what it is called for
        if meaning.is_choice:
            self._choices.append((piece, meaning))
            return
        wanted = self._wanted
        wanted.metrics += [name for name in meaning.metrics if name not in wanted.metrics]
        wanted.dimensions += [meaning.dimension] if meaning.dimension else []
        wanted.grains += [meaning.grain] if meaning.grain else []
        if meaning.descending is not None:
            wanted.descending, wanted.is_many = meaning.descending, self._is_plural(piece)

    def _told(self, place: int) -> None:
        meaning = self._pieces[place].meaning
        assert isinstance(meaning, Told)  # noqa: S101 - what it is called for
        name = meaning.dimension
        before, after = self._neighbour(place, -1), self._neighbour(place, 1)
        if not self._each_before(place) and any(name in _dimensions(piece) for piece in (before, after)):
            return
        if name not in self._wanted.dimensions:
            self._wanted.dimensions.append(name)
        self._wanted.is_many = self._wanted.is_many or self._is_plural(self._pieces[place])

    def _value(self, place: int) -> None:
        piece = self._pieces[place]
        meant = [meaning for meaning in piece.meanings if isinstance(meaning, Value)]
        if len(meant) > 1:
            labels = [neighbour.meaning for side in (-1, 1) if (neighbour := self._neighbour(place, side))]
            meant = [value for value in meant if Told(value.dimension) in labels] or meant
        if len(meant) > 1:
            self._wanted.undecided.append(piece)
            return
        into = self._wanted.excluded if self._excludes else self._wanted.chosen
        values = into.setdefault(meant[0].dimension, [])
        values += [meant[0].value] if meant[0].value not in values else []

    def _rank(self, place: int) -> None:
        meaning = self._pieces[place].meaning
        assert isinstance(meaning, Rank)  # noqa: S101 - what it is called for
        self._wanted.descending = meaning.descending

    def _number(self, place: int) -> None:
        meaning = self._pieces[place].meaning
        assert isinstance(meaning, Number)  # noqa: S101 - what it is called for
        beside = (self._neighbour(place, side) for side in (-1, 1))
        if any(piece is not None and isinstance(piece.meaning, Rank) for piece in beside) and self._wanted.count is None:
            self._wanted.count = meaning.value
        else:
            self._unknown(place)

    def _period(self, place: int) -> None:
        meaning = self._pieces[place].meaning
        assert isinstance(meaning, Period)  # noqa: S101 - what it is called for
        before = self._neighbour(place, -1)
        compared = (before is not None and before.meaning == Cue("than")) or meaning.is_previous
        (self._wanted.versus if compared else self._wanted.periods).append(meaning)

    def _cue(self, place: int) -> None:
        wanted, role = self._wanted, self._role(place)
        if role == "compare":
            wanted.is_compared = True
        elif role == "than":
            before, after = self._neighbour(place, -1), self._neighbour(place, 1)
            shared = _dimensions(before) & _dimensions(after)
            wanted.dimensions += [name for name in sorted(shared) if name not in wanted.dimensions]
            wanted.is_compared = wanted.is_compared or not shared
        elif role == "not":
            after = self._neighbour(place, 1)
            self._excludes = bool(_dimensions(after))
            if not self._excludes and (after is None or after.meaning is not None):
                wanted.unused.append(self._pieces[place])
        elif role in ("follow", "only", "also") and place == 0:
            wanted.follows, wanted.adds = True, role == "also"

    def _unknown(self, place: int) -> None:
        piece = self._pieces[place]
        word = self._reading.tokens[piece.first - 1].word if piece.first else ""
        before = self._pieces[place - 1].meaning if place else None
        narrows = word in words()["narrowing"] or isinstance(before, Told) or before in (Cue("not"), Cue("each"), Cue("only"))
        (self._wanted.unplaced if narrows or self._after_article(place) else self._wanted.unused).append(piece)

    def _after_article(self, place: int) -> bool:
        """Whether only `the` or `a` stands between a word and one that narrows."""
        first = self._pieces[place].first
        return (
            first > 1
            and self._reading.tokens[first - 1].word in ("the", "a", "an")
            and self._reading.tokens[first - 2].word in words()["narrowing"]
        )

    def _role(self, place: int) -> Role | None:
        meaning = self._pieces[place].meaning
        return meaning.role if isinstance(meaning, Cue) else None

    def _is(self, role: Role, place: int) -> bool:
        return self._role(place) == role

    def _neighbour(self, place: int, side: int) -> Piece | None:
        """The next piece on that side that is more than noise."""
        place += side
        while 0 <= place < len(self._pieces):
            if self._role(place) not in ("noise", "follow"):
                return self._pieces[place]
            place += side
        return None

    def _each_before(self, place: int) -> bool:
        before = self._neighbour(place, -1)
        return before is not None and before.meaning == Cue("each")

    def _is_plural(self, piece: Piece) -> bool:
        token = self._reading.tokens[piece.last - 1]
        return token.word != token.stem


def _dimensions(piece: Piece | None) -> set[str]:
    """The dimensions that a piece may be a value of."""
    return {meaning.dimension for meaning in piece.meanings if isinstance(meaning, Value)} if piece else set()
