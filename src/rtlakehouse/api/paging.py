"""Pages that hold still: the cursor carries the versions its first page was read at, and the time it judged windows by."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
from fastapi import Request
from pydantic import BaseModel

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.formats import Tabular
from rtlakehouse.api.parameters import Paged
from rtlakehouse.errors import UsageError

__all__ = ["Page", "before", "page_of"]

# What may differ between the pages of one question.
_NOT_IN_QUESTION = {"cursor", "limit", "as_of", "max_staleness_ms"}
_MAX_OFFSET = 1 << 62


class _Cursor(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """question: hash of the route and its parameters. as_of: as the first page was asked. watermark: the minute that it judged
    windows by, where it does. So it says nothing that the ETag of its page does not.
    """

    question: str
    offset: int
    versions: str
    watermark: datetime | None
    as_of: str | None


@dataclass(frozen=True)
class Page:
    """One page to read: its reading, where it starts and how long it is, and what the next one's cursor is made of."""

    reading: Reading
    offset: int
    limit: int
    question: str
    versions: str
    as_of: str | None
    clocked: bool

    @property
    def bounds(self) -> dict[str, int]:
        """`$limit` and `$offset` of the query: one row more than the page, which tells whether there is another."""
        return {"limit": self.limit + 1, "offset": self.offset}

    def tabular(self, found: pa.Table, model: Callable[[list[dict[str, Any]], str | None], BaseModel]) -> Tabular:
        """The page, of the rows that a query with `bounds` found."""
        cursor = self.cursor(found.num_rows)
        return Tabular(found.slice(0, self.limit), lambda data: model(data, cursor), cursor)

    def cursor(self, found: int) -> str | None:
        """The next page's cursor, where a query with `bounds` found that there is one."""
        return self._at(self.offset + self.limit, self.versions) if found > self.limit else None

    def cursor_before(self, versions: Mapping[str, int]) -> str | None:
        """The cursor of a page that goes on at these versions, earlier ones than this page's; None where there are none."""
        return self._at(0, _text(versions, versions)) if versions else None

    def _at(self, offset: int, versions: str) -> str:
        # Windows end at whole minutes: by the minute they are judged as by the moment.
        watermark = self.reading.watermark.replace(second=0, microsecond=0) if self.clocked else None
        cursor = _Cursor(self.question, offset, versions, watermark, self.as_of)
        return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def page_of(
    parts: Parts,
    request: Request,
    parameters: Paged,
    tables: Sequence[str] | None,
    body: BaseModel | None = None,
    *,
    clocked: bool = False,
) -> Page:
    """The page that `parameters` ask for, of an answer that reads these tables.

    tables: None for an answer that reads those that `as_of` names, else all.
    body: what was posted as the question, if anything was. clocked: it tells final windows from open ones.

    Raises UsageError for a cursor that is not ours or belongs to another question, VersionGoneError for one that is too old.
    """
    question = _question(request, parameters, body)
    if parameters.cursor is None:
        reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
        versions = _text(reading.snapshot.versions, reading.snapshot.versions if tables is None else tables)
        asked = _asked(reading, body, parameters.as_of)
        return Page(asked, 0, parameters.limit, question, versions, parameters.as_of, clocked)
    cursor = _parse(parameters.cursor)
    if cursor.question != question or parameters.as_of not in (None, cursor.as_of):
        raise UsageError("That cursor belongs to another question; follow it with the parameters of the page it came with.")
    if tables is not None and sorted(pair.partition("=")[0] for pair in cursor.versions.split(",")) != sorted(tables):
        raise _not_ours()
    if clocked != (cursor.watermark is not None):
        raise _not_ours()
    reading = parts.answers.reading(parameters, cursor.versions, None, cursor.watermark)
    return Page(_asked(reading, body, None), cursor.offset, parameters.limit, question, cursor.versions, cursor.as_of, clocked)


def before(cursor: str | None) -> int | None:
    """The id that a page of rows which count down goes on below. Raises UsageError for a cursor that is not ours."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise _not_ours()
    return int(cursor)


def _question(request: Request, parameters: Paged, body: BaseModel | None) -> str:
    posted = body.model_dump_json() if body else ""
    text = f"{request.url.path}|{parameters.model_dump_json(exclude=_NOT_IN_QUESTION)}{posted}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _asked(reading: Reading, body: BaseModel | None, as_of: str | None) -> Reading:
    """The reading with what else its answer depends on among its parameters: what was posted, and `as_of` for the cursor."""
    besides = [*([body.model_dump_json()] if body else []), *([as_of] if as_of else [])]
    return replace(reading, parameters="|".join([reading.parameters, *besides]))


def _text(versions: Mapping[str, int], tables: Iterable[str]) -> str:
    return ",".join(f"{name}={versions[name]}" for name in tables if name in versions)


def _parse(text: str) -> _Cursor:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        cursor = msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True), type=_Cursor)
    except (ValueError, msgspec.MsgspecError) as error:
        raise _not_ours() from error
    if not 0 <= cursor.offset < _MAX_OFFSET or (cursor.watermark is not None and cursor.watermark.tzinfo is None):
        raise _not_ours()
    return cursor


def _not_ours() -> UsageError:
    return UsageError("That cursor is not one of ours; take `next_cursor` from the page before as it is.")
