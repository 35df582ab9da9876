"""Pages that hold still: the cursor carries the versions its first page was read at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from fastapi import Request

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.parameters import Paged, cursor_of, parse_cursor

__all__ = ["Page", "page_of"]


@dataclass(frozen=True)
class Page:
    """One page to read: its reading, and where it starts."""

    reading: Reading
    offset: int
    limit: int
    versions: str

    @property
    def bounds(self) -> dict[str, int]:
        """`$limit` and `$offset` of the query: one row more than the page, which tells whether there is another."""
        return {"limit": self.limit + 1, "offset": self.offset}

    def cut(self, rows: pa.Table) -> tuple[pa.Table, str | None]:
        """The page's rows, and the cursor of the next page where there is one."""
        more = rows.num_rows > self.limit
        return rows.slice(0, self.limit), cursor_of(self.offset + self.limit, self.versions) if more else None


def page_of(parts: Parts, request: Request, parameters: Paged, tables: Sequence[str]) -> Page:
    """The page that `parameters` ask for. Raises UsageError for a cursor that is not ours, VersionGoneError for an old one."""
    offset, as_of = parse_cursor(parameters.cursor) if parameters.cursor else (0, parameters.as_of)
    reading = parts.answers.reading(request, parameters, as_of, parameters.max_staleness_ms)
    versions = ",".join(f"{name}={reading.snapshot.versions[name]}" for name in tables)
    return Page(reading, offset, parameters.limit, versions)
