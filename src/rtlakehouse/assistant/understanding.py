"""From what a question asks for to one question of the semantic layer, to a question back, or to a refusal; never to a guess."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rtlakehouse.assistant.comparing import beside
from rtlakehouse.assistant.gathering import Wanted, gather
from rtlakehouse.assistant.lexicon import Value, Values
from rtlakehouse.assistant.reader import Piece, Reading
from rtlakehouse.assistant.times import Period
from rtlakehouse.errors import NotFoundError, UsageError
from rtlakehouse.semantic.catalogue import Catalogue, Grain
from rtlakehouse.semantic.question import STEP, Filter, Order, Question, check, step_of

__all__ = ["MOST_STEPS", "AskBack", "Moment", "Outcome", "Refusal", "Understood", "understand"]

_DEFAULT = timedelta(days=1)
_MANY = 10
MOST_STEPS = 10_000
# How long a step is where a course is asked for: the first that its range is not longer than.
_COURSES: tuple[tuple[timedelta, Grain], ...] = (
    (timedelta(hours=3), "1m"),
    (timedelta(hours=12), "15m"),
    (timedelta(days=3), "1h"),
    (timedelta.max, "1d"),
)
_OFFERED = ("orders", "gross", "active_users", "conversion_rate")


@dataclass(frozen=True)
class Moment:
    """now: naive UTC. newest: the end of the newest minute with an event; None where nothing happened yet."""

    now: datetime
    newest: datetime | None


@dataclass(frozen=True)
class Understood:
    """What is asked of the semantic layer, of which range, and beside which other one.

    notes: what was assumed, in sentences. unused: words that had no part in it.
    """

    question: Question
    period: Period
    versus: Period | None = None
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        return not self.unused


@dataclass(frozen=True)
class AskBack:
    """A question back. choices: complete questions, each of which is answered."""

    text: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """What cannot be told, and why."""

    text: str


Outcome = Understood | AskBack | Refusal


def understand(
    reading: Reading, values: Values, moment: Moment, catalogue: Catalogue, context: Understood | None = None
) -> Outcome:
    """What a question means. context: the answer that it may follow up."""
    wanted = gather(reading)
    if objection := next(_objections(wanted, reading, values, catalogue), None):
        return objection
    if context is not None and (not wanted.metrics or wanted.follows) and not wanted.choice:
        wanted = _followed(wanted, context)
    if ambiguity := next(_ambiguities(wanted, reading, values, catalogue), None):
        return ambiguity
    return _decided(wanted, reading, moment, catalogue, context)


def _objections(wanted: Wanted, reading: Reading, values: Values, catalogue: Catalogue) -> Iterator[Refusal]:
    """What rules an answer out, whatever else is asked."""
    for piece, why in wanted.beyond:
        yield Refusal(f"“{reading.words(piece)}” cannot be told. {why}.")
    for missing in wanted.missing:
        occurring = ", ".join(sorted(values.get(missing.dimension, ()))) or "none"
        title = catalogue.dimension(missing.dimension).title.lower()
        yield Refusal(f"No event has the {title} {missing.value}. There are: {occurring}.")
    for piece in wanted.unplaced:
        dimensions = ", ".join(dimension.title.lower() for dimension in catalogue.dimensions)
        yield Refusal(
            f"“{reading.words(piece)}” is no metric, no time and no value that occurs in the data. "
            f"Figures are told by {dimensions}."
        )


def _ambiguities(wanted: Wanted, reading: Reading, values: Values, catalogue: Catalogue) -> Iterator[AskBack | Refusal]:
    """What has to be asked before there is one question."""
    for piece in wanted.undecided:
        named = [meaning.dimension for meaning in piece.meanings if isinstance(meaning, Value)]
        titles = [catalogue.dimension(name).title.lower() for name in named]
        choices = tuple(_replaced(reading, piece, f"{title} {reading.words(piece)}") for title in titles)
        yield AskBack(f"Is “{reading.words(piece)}” a {' or a '.join(titles)}?", choices)
    if wanted.choice and not wanted.metrics:
        piece, meant = wanted.choice
        titles = [catalogue.metric(name).title.lower() for name in meant.metrics]
        choices = tuple(_replaced(reading, piece, title) for title in titles)
        yield AskBack(f"“{reading.words(piece)}” may be {' or '.join(titles)}. Which one?", choices)
    if not wanted.metrics:
        yield _without_metric(wanted, reading, catalogue)
    if len(wanted.periods) > 1 or len(wanted.versus) > 1:
        yield Refusal("More than one time is named. Ask for one, or for one compared to the other.")
    if len(wanted.grains) > 1:
        yield Refusal("More than one step of time is named. Ask for one.")
    if wanted.descending is not None:
        yield from _rank_ambiguities(wanted, reading, values, catalogue)


def _without_metric(wanted: Wanted, reading: Reading, catalogue: Catalogue) -> AskBack | Refusal:
    if wanted.unused and not wanted.narrows:
        unknown = ", ".join(f"“{reading.words(piece)}”" for piece in wanted.unused)
        return Refusal(f"{unknown} is not known here, and no metric is named.")
    titles = [catalogue.metric(name).title.lower() for name in _OFFERED]
    asked = reading.text.rstrip(" ?.!") if wanted.narrows else ""
    return AskBack(f"Which figure? There are {_titles(catalogue)}.", tuple(f"{title} {asked}".strip() for title in titles))


def _rank_ambiguities(wanted: Wanted, reading: Reading, values: Values, catalogue: Catalogue) -> Iterator[AskBack | Refusal]:
    keys = [name for name in wanted.dimensions if name != "currency"]
    metric = catalogue.metric(wanted.metrics[0])
    asked = reading.text.rstrip(" ?.!")
    stepped = bool(wanted.grains) or wanted.has_course
    if not keys and not stepped and "currency" not in wanted.dimensions:
        ways = [catalogue.dimension(name).title.lower() for name in metric.dimensions if name in ("country", "device")]
        yield AskBack("The highest or lowest of what?", tuple(f"{asked} by {way}" for way in [*ways, "hour"]))
    if len(keys) + stepped > 1:
        yield Refusal(
            "The highest or lowest within each of several groups is not told. Ask by one dimension, or by one step of time."
        )
    if metric.is_money and len(wanted.chosen.get("currency", ())) != 1:
        if not keys and not stepped:
            yield Refusal("Amounts of different currencies cannot be compared with each other.")
        choices = tuple(f"{asked} in {currency}" for currency in sorted(values.get("currency", ())))
        text = "Amounts of different currencies cannot be compared with each other. In which currency?"
        yield AskBack(text, choices) if choices else Refusal("Nothing was bought yet, so no currency is known.")


def _followed(wanted: Wanted, context: Understood) -> Wanted:
    """What a follow-up asks for: what the question before did, but for what it names itself."""
    before = context.question
    chosen = {held.dimension: list(held.values) for held in before.filters if held.operator in ("eq", "in")}
    excluded = {held.dimension: list(held.values) for held in before.filters if held.operator in ("ne", "not_in")}
    own = wanted.chosen.keys() | wanted.excluded.keys()
    dimensions = [name for name in before.dimensions if name != "currency"] if wanted.adds or not wanted.dimensions else []
    order = before.order[0] if before.order and before.limit else None
    return replace(
        wanted,
        metrics=wanted.metrics or list(before.metrics),
        dimensions=[*dimensions, *(name for name in wanted.dimensions if name not in dimensions)],
        chosen={name: held for name, held in chosen.items() if name not in own} | wanted.chosen,
        excluded={name: held for name, held in excluded.items() if name not in own} | wanted.excluded,
        grains=wanted.grains or ([before.grain] if before.grain != "all" and not wanted.has_course else []),
        descending=order.descending if wanted.descending is None and order else wanted.descending,
        count=wanted.count or (before.limit if order else None),
    )


def _decided(wanted: Wanted, reading: Reading, moment: Moment, catalogue: Catalogue, context: Understood | None) -> Outcome:
    notes = [f"“{token.text}” is read as “{token.word}”." for token in reading.corrected]
    try:
        period, versus = _ranges(wanted, moment, context, notes)
    except OverflowError:
        return Refusal("What it would be compared with lies outside of the calendar.")
    grain = _grain(wanted, period)
    question = _question(wanted, grain, catalogue, notes)
    try:
        check(question, catalogue)
    except (UsageError, NotFoundError) as error:
        return Refusal(str(error))
    length = step_of(grain)
    if length and (period.end - period.start) / length > MOST_STEPS:
        return Refusal(f"That are more than {MOST_STEPS:,} steps. Ask for a shorter range or a longer step.")
    if length and versus and (period.start - versus.start) % length:
        return Refusal("The two ranges do not lie a whole number of steps apart. Ask without steps, or for other ranges.")
    if versus and not length and period.end - period.start != versus.end - versus.start:
        notes.append("The two ranges are not equally long.")
    unused = (*(reading.words(piece) for piece in wanted.unused), *(token.text for token in reading.corrected))
    return Understood(question, period, versus, tuple(notes), unused)


def _ranges(wanted: Wanted, moment: Moment, context: Understood | None, notes: list[str]) -> tuple[Period, Period | None]:
    default = _default(wanted, moment, context)
    base = wanted.periods[0] if wanted.periods else None
    other = wanted.versus[0] if wanted.versus else None
    if other is None and not wanted.is_compared:
        if base is None and not _continues(wanted, context):
            notes.append("No time was named: these are the 24 hours up to the newest event.")
        return base or default, None
    return beside(base or (default if _continues(wanted, context) else None), other, default, moment.now)


def _continues(wanted: Wanted, context: Understood | None) -> bool:
    return context is not None and (wanted.follows or not wanted.periods)


def _default(wanted: Wanted, moment: Moment, context: Understood | None) -> Period:
    if context is not None:
        return context.period
    end = moment.newest or moment.now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return Period(end - (timedelta(hours=1) if wanted.is_compared else _DEFAULT), end)


def _grain(wanted: Wanted, period: Period) -> Grain:
    if wanted.grains:
        return wanted.grains[0]
    if not wanted.has_course:
        return "all"
    return next(grain for longest, grain in _COURSES if period.end - period.start <= longest)


def _question(wanted: Wanted, grain: Grain, catalogue: Catalogue, notes: list[str]) -> Question:
    metrics = tuple(wanted.metrics)
    filters = (*_filters(wanted.chosen, "eq", "in"), *_filters(wanted.excluded, "ne", "not_in"))
    dimensions = tuple(dict.fromkeys(wanted.dimensions))
    one = len(wanted.chosen.get("currency", ())) == 1
    if any(catalogue.metric(name).is_money for name in metrics) and not one and "currency" not in dimensions:
        dimensions = ("currency", *dimensions)
        notes.append("Money is told by currency; amounts of different currencies are never added.")
    if wanted.descending is None:
        keys = (STEP,) if grain != "all" else dimensions
        order = () if grain != "all" or not keys else (Order(metrics[0], descending=True),)
        return Question(metrics, dimensions, filters, grain, order)
    count = wanted.count or (_MANY if wanted.is_many else 1)
    return Question(metrics, dimensions, filters, grain, (Order(metrics[0], wanted.descending),), count)


def _filters(values: dict[str, list[str | bool]], one: str, many: str) -> Iterator[Filter]:
    for name, held in values.items():
        yield Filter(name, one if len(held) == 1 else many, tuple(held))  # type: ignore[arg-type]


def _replaced(reading: Reading, piece: Piece, text: str) -> str:
    first, last = reading.tokens[piece.first], reading.tokens[piece.last - 1]
    return f"{reading.text[: first.start]}{text}{reading.text[last.end :]}"


def _titles(catalogue: Catalogue) -> str:
    titles: Sequence[str] = [metric.title.lower() for metric in catalogue.metrics]
    return f"{', '.join(titles[:-1])} and {titles[-1]}"
