"""The index on disk, in this process: a shard of Qdrant Edge."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import qdrant_edge as edge

from rtlakehouse.errors import SearchError
from rtlakehouse.search.index import EVERYTHING, Filter, Found, IndexState, Point, Vector
from rtlakehouse.search.numbers import ID, number_of

__all__ = ["EdgeIndex"]

_NEAREST = edge.Query.Nearest
T = TypeVar("T")


class EdgeIndex:
    """A folder that one process has open. What was in it before is thrown away: it is a copy, and may be of anything.

    Raises SearchError where the folder cannot be used.
    """

    def __init__(self, folder: Path, dimensions: int) -> None:
        self._folder = folder
        self._dimensions = dimensions
        self._lock = threading.Lock()
        shutil.rmtree(folder, ignore_errors=True)
        params = edge.EdgeVectorParams(size=dimensions, distance=edge.Distance.Cosine)
        # Nothing is to survive this process, so nothing has to be written twice.
        config = edge.EdgeConfig(vectors=params, wal_enabled=False)
        self._shard = self._tried(lambda: edge.EdgeShard.create(str(folder), config))

    def upsert(self, points: Sequence[Point]) -> None:
        made = [edge.Point(number_of(each.id), each.vector.tolist(), {**each.payload, ID: each.id}) for each in points]
        if made:
            self._tried(lambda: self._shard.update(edge.UpdateOperation.upsert_points(made)))

    def delete(self, ids: Iterable[str]) -> None:
        numbers: list[edge.PointId] = [number_of(id_) for id_ in ids]
        if numbers:
            self._tried(lambda: self._shard.update(edge.UpdateOperation.delete_points(numbers)))

    def get(self, id_: str) -> Point | None:
        found = self._tried(lambda: self._shard.retrieve([number_of(id_)], True, True))
        if not found:
            return None
        payload = dict(found[0].payload or {})
        return Point(payload.pop(ID), np.asarray(found[0].vector, np.float32), payload)

    def query(self, vector: Vector, limit: int, where: Filter = EVERYTHING) -> list[Found]:
        asked = edge.QueryRequest(
            limit=limit, query=_NEAREST(vector.tolist()), with_payload=True, filter=_filter(where) if _narrows(where) else None
        )
        found = [_found(each) for each in self._tried(lambda: self._shard.query(asked))]
        return sorted(found, key=lambda each: (-each.score, each.id))

    def count(self, where: Filter = EVERYTHING) -> int:
        asked = edge.CountRequest(exact=True, filter=_filter(where) if _narrows(where) else None)
        return self._tried(lambda: self._shard.count(asked))

    def state(self) -> IndexState:
        return IndexState(f"qdrant-edge in {self._folder.name}", self.count(), self._dimensions)

    def close(self) -> None:
        self._tried(self._shard.close)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _tried(self, work: Callable[[], T]) -> T:
        try:
            with self._lock:
                return work()
        except Exception as error:  # the library raises nothing narrower
            raise SearchError(f"The index in {self._folder} failed: {error}. Remove the folder; it is built anew.") from error


def _found(each: edge.ScoredPoint) -> Found:
    payload = dict(each.payload or {})
    return Found(payload.pop(ID), float(each.score), payload)


def _narrows(where: Filter) -> bool:
    return any((where.equal, where.unequal, where.at_least, where.below))


def _filter(where: Filter) -> edge.Filter:
    matches = [edge.FieldCondition(name, match=edge.MatchValue(value)) for name, value in where.equal.items()]
    ranges = [edge.FieldCondition(name, range=edge.RangeFloat(gte=least)) for name, least in where.at_least.items()]
    ranges += [edge.FieldCondition(name, range=edge.RangeFloat(lt=bound)) for name, bound in where.below.items()]
    others = [edge.FieldCondition(name, match=edge.MatchValue(value)) for name, value in where.unequal.items()]
    return edge.Filter(must=[*matches, *ranges], must_not=[*others])
