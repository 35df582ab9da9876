"""What phrases mean: the catalogue's names and synonyms, `words.yaml`, and the values that occur in the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from rtlakehouse.assistant.tokens import words_of
from rtlakehouse.semantic.catalogue import Catalogue, Grain, load

__all__ = [
    "Beyond",
    "Course",
    "Cue",
    "Figures",
    "Lexicon",
    "Meaning",
    "Missing",
    "Rank",
    "Role",
    "Step",
    "Told",
    "Value",
    "Values",
    "lexicon",
    "with_values",
    "words",
]

Role = Literal["each", "not", "only", "follow", "also", "compare", "than", "noise"]
Phrase = tuple[str, ...]
Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Figures:
    """Metrics; with `is_choice` one of them, which has to be asked. The rest is what an idiom says besides."""

    metrics: tuple[str, ...]
    is_choice: bool = False
    dimension: str | None = None
    grain: Grain | None = None
    descending: bool | None = None


@dataclass(frozen=True)
class Told:
    """A dimension."""

    dimension: str


@dataclass(frozen=True)
class Value:
    """A value of a dimension that occurs."""

    dimension: str
    value: str | bool


@dataclass(frozen=True)
class Missing:
    """A value of a dimension that there is a word for, and that does not occur."""

    dimension: str
    value: str


@dataclass(frozen=True)
class Step:
    """The length of a step of time."""

    grain: Grain


@dataclass(frozen=True)
class Course:
    """Told over time, in steps that fit the range."""


@dataclass(frozen=True)
class Rank:
    """The highest (descending) or lowest."""

    descending: bool


@dataclass(frozen=True)
class Cue:
    """A word that says how what follows is meant, or nothing."""

    role: Role


@dataclass(frozen=True)
class Beyond:
    """What is not told, and why."""

    why: str


Meaning = Figures | Told | Value | Missing | Step | Course | Rank | Cue | Beyond
Lexicon = Mapping[Phrase, tuple[Meaning, ...]]

_ROLES: tuple[Role, ...] = ("each", "not", "only", "also", "follow", "compare", "than", "noise")


@cache
def words() -> Mapping[str, Any]:
    """The words of this package."""
    found: Mapping[str, Any] = yaml.safe_load(resources.files(__package__).joinpath("words.yaml").read_text("utf-8"))
    return found


@cache
def lexicon() -> Lexicon:
    """What every phrase means, whatever the data holds. Of the meanings of a phrase the first goes before the others."""
    return _gathered(_phrases(load(), words()))


def with_values(values: Values) -> Lexicon:
    """What the values that occur are called, and those that have a name and do not occur."""
    return _gathered(_values(values))


def _gathered(phrases: Iterator[tuple[str, Meaning]]) -> Lexicon:
    found: dict[Phrase, tuple[Meaning, ...]] = {}
    for text, meaning in phrases:
        phrase = words_of(text)
        if phrase and meaning not in found.get(phrase, ()):
            found[phrase] = (*found.get(phrase, ()), meaning)
    return found


def _phrases(catalogue: Catalogue, known: Mapping[str, Any]) -> Iterator[tuple[str, Meaning]]:
    yield from _figures(catalogue, known)
    for name, called in known["dimensions"].items():
        dimension = catalogue.dimension(name)
        # The title of what is true or false says that it is true.
        titles = () if dimension.is_boolean else (dimension.title,)
        yield from ((text, Told(name)) for text in (name, *titles, *called))
    for grain, called in known["grains"].items():
        yield from ((text, Step(grain)) for text in called)
    for direction in ("top", "bottom"):
        yield from ((text, Rank(direction == "top")) for text in known["rank"][direction])
    yield from ((text, Course()) for text in known["trend"])
    for beyond in known["beyond"]:
        yield from ((text, Beyond(beyond["why"])) for text in beyond["words"])
    for role in _ROLES:
        yield from ((text, Cue(role)) for text in known[role])


def _figures(catalogue: Catalogue, known: Mapping[str, Any]) -> Iterator[tuple[str, Meaning]]:
    for metric in catalogue.metrics:
        called = (metric.name, metric.title, *metric.synonyms, *known["metrics"].get(metric.name, ()))
        yield from ((text, Figures((metric.name,))) for text in called)
    for several in known["ambiguous"]:
        yield from ((text, Figures(tuple(several["metrics"]), is_choice=True)) for text in several["words"])
    for idiom in known["idioms"]:
        descending = None if "rank" not in idiom else idiom["rank"] == "top"
        meant = Figures(tuple(idiom["metrics"]), False, idiom.get("dimension"), idiom.get("grain"), descending)
        yield from ((text, meant) for text in idiom["words"])


def _values(values: Values) -> Iterator[tuple[str, Meaning]]:
    for dimension, found in values.items():
        called = words()["values"].get(dimension, {})
        for value in found:
            yield from ((text, Value(dimension, value)) for text in (value, *_without_scheme(value), *called.get(value, ())))
        for value in called.keys() - set(found):
            yield from ((text, Missing(dimension, value)) for text in (value, *called[value]))
    for dimension, called in words()["booleans"].items():
        for value, texts in called.items():
            yield from ((text, Value(dimension, value == "true")) for text in texts)


def _without_scheme(value: str) -> Iterator[str]:
    """A referrer is mostly named by its host."""
    if "://" in value:
        yield value.partition("://")[2]
