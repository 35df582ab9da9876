"""What a model wrote, taken apart. Whether it may be run is found out by who runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from rtlakehouse.errors import ModelError

__all__ = ["Written", "WrittenQuery", "WrittenSql", "written"]


@dataclass(frozen=True)
class WrittenQuery:
    """A query of the catalogue, as `POST /metrics-catalog/query` takes it, if it is one."""

    document: dict[str, Any]


@dataclass(frozen=True)
class WrittenSql:
    """A statement."""

    sql: str


Written = WrittenQuery | WrittenSql


class _Reply(msgspec.Struct, forbid_unknown_fields=True):
    query: dict[str, Any] | None = None
    sql: str | None = None
    cannot: str | None = None


def written(text: str) -> Written:
    """The query in a model's text. Raises ModelError where there is none, more than one, or the model says that there is none."""
    # Models think aloud first, and put JSON into a fence.
    said = text.rpartition("</think>")[2]
    try:
        reply = msgspec.json.decode(said[said.find("{") : said.rfind("}") + 1], type=_Reply)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ModelError("The model wrote what is no query.") from error
    match reply:
        case _Reply(query=dict() as document, sql=None, cannot=None):
            return WrittenQuery(document)
        case _Reply(query=None, sql=str() as sql, cannot=None):
            return WrittenSql(sql)
        case _Reply(query=None, sql=None, cannot=str()):
            raise ModelError("The model knows no query for that either.")
        case _:
            raise ModelError("The model wrote what is no query.")
