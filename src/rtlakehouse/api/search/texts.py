"""Texts that are found by their words: of this release, and the saved queries of a tenant."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI

from rtlakehouse.api.access import Caller
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.reference.manual import sections
from rtlakehouse.api.search.schemas import TextIndex
from rtlakehouse.api.search.text_schemas import TextFound, TextParameters, TextsFound
from rtlakehouse.control import SavedQueries
from rtlakehouse.search.text import Text, of_catalogue, of_tables
from rtlakehouse.semantic.catalogue import load

__all__ = ["find_texts", "released", "text_index"]

_DIGITS = 4
_SHOWN = 240


def released(app: FastAPI) -> list[Text]:
    """Every metric, dimension, column and endpoint, and every section of the manual."""
    return [*of_catalogue(load()), *of_tables(), *_endpoints(app), *_pages()]


def find_texts(parts: Parts, caller: Caller, wanted: TextParameters) -> TextsFound:
    """What fits the words best. Raises StoreError where the saved queries cannot be read."""
    queries = SavedQueries(parts.store, parts.clock, caller.tenant_id).list()
    own = [Text("query", each.name, each.name, each.description, f"/api/v1/queries/{each.id}") for each in queries]
    found = parts.texts.find(wanted.q, wanted.limit, wanted.kind, caller.tenant_id, own)
    data = [
        TextFound(
            kind=each.text.kind,
            name=each.text.name,
            title=each.text.title,
            description=each.text.description,
            link=each.text.link,
            score=round(each.score, _DIGITS),
        )
        for each in found
    ]
    return TextsFound(q=wanted.q, data=data)


def text_index(parts: Parts) -> TextIndex | None:
    """How the index of texts is; None until it is first asked."""
    found = parts.texts.state()
    if found is None:
        return None
    return TextIndex(
        embedder=found.embedder,
        backend=found.index.backend,
        dimensions=found.index.dimensions,
        texts=found.released,
    )


def _pages() -> Iterator[Text]:
    for section in sections():
        title = section.title if section.heading == section.title else f"{section.title}: {section.heading}"
        name = f"{section.page}#{section.anchor}"
        yield Text("page", name, title, _first(section.text), f"/api/docs/{name}", section.text)


def _first(text: str) -> str:
    """As much of a text as tells what it is about."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rpartition(' ')[0]} …"


def _endpoints(app: FastAPI) -> Iterator[Text]:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            description = operation.get("description", "").split("\n\n")[0].replace("\n", " ")
            name = f"{method.upper()} {path}"
            yield Text(
                "endpoint", name, operation["summary"], description, "/api/docs", operation["operationId"].replace("_", " ")
            )
