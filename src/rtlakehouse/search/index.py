"""An index of vectors, whoever keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["EVERYTHING", "Filter", "Found", "IndexState", "Payload", "Point", "Value", "Vector", "VectorIndex"]

Vector: TypeAlias = npt.NDArray[np.float32]
Value: TypeAlias = str | int
Payload: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True)
class Point:
    """A vector under its id, and what is told of it. Of the vector only the direction counts."""

    id: str
    vector: Vector
    payload: Payload


@dataclass(frozen=True)
class Found:
    """A point that was found. score: the cosine of the angle to what was asked for; 1 is the same direction."""

    id: str
    score: float
    payload: Payload


@dataclass(frozen=True)
class Filter:
    """Only points whose payload is so, in all of it. A point without a member is not what that member is to be."""

    equal: Mapping[str, Value] = field(default_factory=dict)
    unequal: Mapping[str, Value] = field(default_factory=dict)
    at_least: Mapping[str, int] = field(default_factory=dict)
    below: Mapping[str, int] = field(default_factory=dict)


EVERYTHING = Filter()


@dataclass(frozen=True)
class IndexState:
    """backend: who keeps it, and where. dimensions: of every vector."""

    backend: str
    points: int
    dimensions: int


class VectorIndex(Protocol):
    """Points by id, found by the direction of their vectors. Thread-safe.

    What was upserted or deleted shows at once in every answer that is asked for afterwards. Whatever fails raises
    SearchError, and the index may then lack any part of that call; build it anew.
    """

    def upsert(self, points: Sequence[Point]) -> None:
        """Put points in; one of the same id takes the place of the former one, payload and all."""
        ...

    def delete(self, ids: Iterable[str]) -> None:
        """Take points out; an id that is not there is no fault."""
        ...

    def get(self, id_: str) -> Point | None:
        """The point of an id; its vector has length 1, or 0 where it has no direction."""
        ...

    def query(self, vector: Vector, limit: int, where: Filter = EVERYTHING) -> list[Found]:
        """The points that are most like a vector, the most alike first, at most `limit`; those alike by id."""
        ...

    def count(self, where: Filter = EVERYTHING) -> int:
        """How many points are so."""
        ...

    def state(self) -> IndexState:
        """What it is and how much it holds."""
        ...

    def close(self) -> None:
        """Let go of files and connections. It is not used afterwards."""
        ...
