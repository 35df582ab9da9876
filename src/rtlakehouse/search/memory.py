"""The index in memory: rows of one matrix, compared with all of them."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Sequence

import numpy as np

from rtlakehouse.search.index import EVERYTHING, Filter, Found, IndexState, Payload, Point, Vector

__all__ = ["MemoryIndex", "direction"]

_FIRST_ROWS = 64


class MemoryIndex:
    """Exact: a query is compared with every point, and filters look at the most alike first."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._rows = np.zeros((_FIRST_ROWS, dimensions), np.float32)
        self._places: dict[str, int] = {}
        self._payloads: list[tuple[str, Payload]] = []
        self._lock = threading.Lock()

    def upsert(self, points: Sequence[Point]) -> None:
        with self._lock:
            for point in points:
                place = self._places.setdefault(point.id, len(self._payloads))
                if place == len(self._payloads):
                    self._payloads.append((point.id, point.payload))
                    self._grow()
                self._payloads[place] = (point.id, dict(point.payload))
                self._rows[place] = direction(point.vector)

    def delete(self, ids: Iterable[str]) -> None:
        with self._lock:
            for id_ in ids:
                if (place := self._places.pop(id_, None)) is not None:
                    self._fill(place)

    def get(self, id_: str) -> Point | None:
        with self._lock:
            if (place := self._places.get(id_)) is None:
                return None
            return Point(id_, self._rows[place].copy(), self._payloads[place][1])

    def query(self, vector: Vector, limit: int, where: Filter = EVERYTHING) -> list[Found]:
        found: list[Found] = []
        with self._lock:
            scores = self._rows[: len(self._payloads)] @ direction(vector)
            for place in np.argsort(-scores):
                score = float(scores[place])
                if found and len(found) >= limit and score < found[-1].score:
                    break
                id_, payload = self._payloads[place]
                if _holds(where, payload):
                    found.append(Found(id_, score, payload))
        return sorted(found, key=lambda each: (-each.score, each.id))[:limit]

    def count(self, where: Filter = EVERYTHING) -> int:
        with self._lock:
            return sum(_holds(where, payload) for _, payload in self._payloads)

    def state(self) -> IndexState:
        return IndexState("memory", len(self._payloads), self._dimensions)

    def close(self) -> None:
        """There is nothing to let go of."""

    def _grow(self) -> None:
        if len(self._payloads) > len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])

    def _fill(self, place: int) -> None:
        """Put the last row where one went."""
        last = len(self._payloads) - 1
        if place != last:
            self._payloads[place] = self._payloads[last]
            self._rows[place] = self._rows[last]
            self._places[self._payloads[place][0]] = place
        self._payloads.pop()


def direction(vector: Vector) -> Vector:
    """The vector at length 1; one without a direction stays 0."""
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length else vector, np.float32)


def _holds(where: Filter, payload: Payload) -> bool:
    return (
        all(payload.get(name) == value for name, value in where.equal.items())
        and all(payload.get(name) != value for name, value in where.unequal.items())
        and all(_number(payload, name) >= least for name, least in where.at_least.items())
        and all(_number(payload, name) < bound for name, bound in where.below.items())
    )


def _number(payload: Payload, name: str) -> float:
    """NaN, of which every comparison is false, where it is none."""
    value = payload.get(name)
    return value if isinstance(value, int) else math.nan
