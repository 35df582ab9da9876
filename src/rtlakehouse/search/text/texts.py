"""Texts in an index: those of a release, and those of a tenant."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.search.index import Filter, IndexState, Point, VectorIndex
from rtlakehouse.search.text.embedder import Embedder
from rtlakehouse.search.text.lexical import Lexical
from rtlakehouse.semantic.catalogue import Catalogue

__all__ = ["FoundText", "Kind", "Text", "TextState", "Texts", "of_catalogue", "of_tables"]

Kind = Literal["metric", "dimension", "column", "endpoint", "page", "query"]
_RELEASED = "released"


@dataclass(frozen=True)
class Text:
    """What can be found. link: where it is in the HTTP interface. words: what else it is found by."""

    kind: Kind
    name: str
    title: str
    description: str
    link: str
    words: str = ""

    @property
    def whole(self) -> str:
        """Name and title twice: what a thing is called says more of it than what is written about it."""
        return " ".join((self.name, self.title, self.name, self.title, self.words, self.description))


@dataclass(frozen=True)
class FoundText:
    """A text with how well it fits: the cosine of the angle to what was asked."""

    text: Text
    score: float


@dataclass(frozen=True)
class TextState:
    """embedder: the name of what made the vectors. released: how many texts of the release there are."""

    embedder: str
    index: IndexState
    released: int


class Texts:
    """Texts of a release, and each tenant's own beside them. Thread-safe.

    make_index: an empty one of so many dimensions. make_embedder: what embeds these texts. Both are called when something is
    first asked. Raises SearchError where that fails.
    """

    def __init__(
        self,
        released: Callable[[], Sequence[Text]],
        make_index: Callable[[int], VectorIndex],
        make_embedder: Callable[[Sequence[str]], Embedder] = Lexical,
    ) -> None:
        self._released = released
        self._make_index = make_index
        self._make_embedder = make_embedder
        self._lock = threading.Lock()
        self._index: VectorIndex | None = None
        self._embedder: Embedder = Lexical([])
        self._texts: dict[str, dict[str, Text]] = {}

    def find(self, asked: str, limit: int, kind: Kind | None, tenant_id: str, own: Sequence[Text]) -> list[FoundText]:
        """The texts that fit best, of the release and of `own`, which are all that this tenant has now."""
        only = {} if kind is None else {"kind": kind}
        with self._lock:
            index = self._index or self._filled()
            owner = f"tenant {tenant_id}"
            self._renew(index, owner, {f"{owner} {text.link}": text for text in own})
            vector = self._embedder.asked(asked, [text.whole for text in own])
            found = [
                FoundText(self._texts[of][each.id], each.score)
                for of in (_RELEASED, owner)
                for each in index.query(vector, limit, Filter(equal={"owner": of, **only}))
                if each.score > self._embedder.noise
            ]
        return sorted(found, key=lambda each: (-each.score, each.text.kind, each.text.name))[:limit]

    def state(self) -> TextState | None:
        """What the index is and by what it was built; None while nothing was asked."""
        with self._lock:
            if self._index is None:
                return None
            return TextState(self._embedder.name, self._index.state(), len(self._texts[_RELEASED]))

    def close(self) -> None:
        with self._lock:
            if self._index is not None:
                self._index.close()
            self._index = None

    def _filled(self) -> VectorIndex:
        texts = self._released()
        self._embedder, self._texts = self._make_embedder([text.whole for text in texts]), {}
        index = self._make_index(self._embedder.dimensions)
        self._renew(index, _RELEASED, {f"{_RELEASED} {text.kind} {text.name}": text for text in texts})
        self._index = index
        return index

    def _renew(self, index: VectorIndex, owner: str, wanted: dict[str, Text]) -> None:
        """Have the index hold these texts of an owner, and no others."""
        known = self._texts.get(owner, {})
        index.delete(known.keys() - wanted.keys())
        new = {id_: text for id_, text in wanted.items() if known.get(id_) != text}
        vectors = self._embedder.vectors([text.whole for text in new.values()])
        owned = zip(new.items(), vectors, strict=True)
        index.upsert([Point(id_, vector, {"owner": owner, "kind": text.kind}) for (id_, text), vector in owned])
        self._texts[owner] = wanted


def of_catalogue(catalogue: Catalogue) -> Iterator[Text]:
    """The metrics and dimensions."""
    for metric in catalogue.metrics:
        link = f"/api/v1/metrics-catalog/{metric.name}"
        words = " ".join(metric.synonyms)
        yield Text("metric", metric.name, metric.title, metric.description, link, words)
    for dimension in catalogue.dimensions:
        yield Text("dimension", dimension.name, dimension.title, dimension.description, "/api/v1/metrics-catalog")


def of_tables() -> Iterator[Text]:
    """The columns of every table."""
    for table in TABLES.values():
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            yield Text("column", name, column.name, column.doc, f"/api/v1/tables/{table.name}/schema")
