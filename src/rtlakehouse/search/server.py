"""The index in a Qdrant server: a collection of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import httpx
import numpy as np
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException

from rtlakehouse.errors import SearchError
from rtlakehouse.search.index import EVERYTHING, Filter, Found, IndexState, Point, Vector
from rtlakehouse.search.numbers import ID, number_of

__all__ = ["ServerIndex", "connected"]

# Of one request, whose body the server bounds at 32 MB.
_AT_ONCE = 1_000
T = TypeVar("T")


class ServerIndex:
    """A collection of a Qdrant server, made anew: what was under its name before is thrown away.

    Raises SearchError while the server cannot be reached.
    """

    def __init__(self, client: QdrantClient, collection: str, dimensions: int) -> None:
        self._client = client
        self._name = collection
        self._dimensions = dimensions
        params = models.VectorParams(size=dimensions, distance=models.Distance.COSINE)
        if self._tried(lambda: client.collection_exists(collection)):
            self._tried(lambda: client.delete_collection(collection))
        self._tried(lambda: client.create_collection(collection, vectors_config=params))

    def upsert(self, points: Sequence[Point]) -> None:
        made = [
            models.PointStruct(id=number_of(each.id), vector=each.vector.tolist(), payload={**each.payload, ID: each.id})
            for each in points
        ]
        for first in range(0, len(made), _AT_ONCE):
            some = made[first : first + _AT_ONCE]
            self._tried(lambda some=some: self._client.upsert(self._name, some, wait=True))  # type: ignore[misc]

    def delete(self, ids: Iterable[str]) -> None:
        if numbers := [number_of(id_) for id_ in ids]:
            selected = models.PointIdsList(points=list(numbers))
            self._tried(lambda: self._client.delete(self._name, selected, wait=True))

    def get(self, id_: str) -> Point | None:
        found = self._tried(lambda: self._client.retrieve(self._name, [number_of(id_)], with_payload=True, with_vectors=True))
        if not found:
            return None
        payload = dict(found[0].payload or {})
        return Point(payload.pop(ID), np.asarray(found[0].vector, np.float32), payload)

    def query(self, vector: Vector, limit: int, where: Filter = EVERYTHING) -> list[Found]:
        asked: dict[str, Any] = {"query": vector.tolist(), "limit": limit, "query_filter": _filter(where), "with_payload": True}
        answer = self._tried(lambda: self._client.query_points(self._name, **asked))
        found = [Found(str((each.payload or {})[ID]), each.score, _told(each.payload)) for each in answer.points]
        return sorted(found, key=lambda each: (-each.score, each.id))

    def count(self, where: Filter = EVERYTHING) -> int:
        return self._tried(lambda: self._client.count(self._name, _filter(where), exact=True)).count

    def state(self) -> IndexState:
        return IndexState(f"qdrant server, collection {self._name}", self.count(), self._dimensions)

    def close(self) -> None:
        """The collection stays, and goes when it is made anew."""
        self._client.close()

    def _tried(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except (ApiException, httpx.HTTPError, ValueError) as error:
            raise SearchError(f"The Qdrant server failed: {error}. See that it runs, and that `search_url` is its.") from error


def connected(url: str, key: str | None) -> QdrantClient:
    """A client of the server at a URL; nothing is asked of it yet."""
    return QdrantClient(url=url, api_key=key, check_compatibility=False)


def _told(payload: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (payload or {}).items() if name != ID}


def _filter(where: Filter) -> models.Filter:
    matches = [models.FieldCondition(key=name, match=models.MatchValue(value=value)) for name, value in where.equal.items()]
    ranges = [models.FieldCondition(key=name, range=models.Range(gte=least)) for name, least in where.at_least.items()]
    ranges += [models.FieldCondition(key=name, range=models.Range(lt=bound)) for name, bound in where.below.items()]
    others = [models.FieldCondition(key=name, match=models.MatchValue(value=value)) for name, value in where.unequal.items()]
    return models.Filter(must=[*matches, *ranges], must_not=[*others])
