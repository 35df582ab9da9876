"""What a model is told: the catalogue, the time and the question. Nothing of it is read off the data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib import resources
from string import Template

from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.semantic.catalogue import load

__all__ = ["Message", "messages"]

Message = dict[str, str]
# Raw records and the books of the engine answer no question about a shop.
_LAYERS = ("silver", "gold")


def messages(question: str, now: datetime, before: str | None = None) -> list[Message]:
    """The messages of one question. now: naive UTC. before: the query of the answer that it follows up, as the asker sent it."""
    asked = question if before is None else f"{question}\n\nIt follows up the answer to this query: {before}"
    prompt = Template(_template()).substitute(now=f"{now:%A} {now:%Y-%m-%dT%H:%M}Z", **_catalogue())
    return [{"role": "system", "content": prompt}, {"role": "user", "content": asked}]


@cache
def _template() -> str:
    return resources.files(__package__).joinpath("prompt.txt").read_text("utf-8")


@cache
def _catalogue() -> dict[str, str]:
    return {"metrics": "\n".join(_metrics()), "dimensions": "\n".join(_dimensions()), "tables": "\n".join(_tables())}


def _metrics() -> Iterator[str]:
    for metric in load().metrics:
        told = ", ".join(metric.dimensions)
        called = f" Also called {', '.join(metric.synonyms)}." if metric.synonyms else ""
        yield f"- {metric.name}: {metric.description} In {metric.unit}; by {told}.{called}"


def _dimensions() -> Iterator[str]:
    for dimension in load().dimensions:
        yield f"- {dimension.name} ({'true or false' if dimension.is_boolean else 'text'}): {dimension.description}"


def _tables() -> Iterator[str]:
    for table in TABLES.values():
        if table.layer in _LAYERS:
            yield f"{table.name}, a row stands for {table.grain}:"
            yield from (f"- {column.name} ({column.type}): {column.doc}" for column in table.columns)
