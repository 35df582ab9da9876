"""Which hours of a range are compared together: one query for many hours in which little happened, not one for each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from rtlakehouse.mending.view import Span, View

__all__ = ["hours_of"]

_HOUR = timedelta(hours=1)
_TICK = timedelta(microseconds=1)

# A table and a file of it, with its rows.
_Files = Mapping[tuple[str, str], int]


def hours_of(view: View, span: Span, times: Mapping[str, str], most_rows: int) -> Iterator[Span]:
    """Spans of whole hours in which anything happened, by the statistics of the files; at the ends of the range, of less.

    times: the tables that are looked at, each with the column that says when. Hours go together while the files that may have
    rows of them have most_rows at most, of each table; a single hour may have more.
    """
    start = end = span.start
    joined: dict[tuple[str, str], int] = {}
    for hour, files in sorted(_by_hour(view, span, times).items()):
        if joined and _most(joined | files) > most_rows:
            yield Span(start, end)
            joined = {}
        if not joined:
            start = max(hour, span.start)
        end = min(hour + _HOUR, span.end)
        joined |= files
    if joined:
        yield Span(start, end)


def _by_hour(view: View, span: Span, times: Mapping[str, str]) -> dict[datetime, dict[tuple[str, str], int]]:
    """By each hour's start the files that may have rows of it."""
    found: defaultdict[datetime, dict[tuple[str, str], int]] = defaultdict(dict)
    last = span.end - _TICK
    for table, column in times.items():
        for file in view.within(table, column, span.start, last):
            hour = max(span.start, file.lowest.get(column, span.start)).replace(minute=0, second=0, microsecond=0)
            until = min(last, file.highest.get(column, last))
            while hour <= until:
                found[hour][table, file.path] = file.rows
                hour += _HOUR
    return found


def _most(files: _Files) -> int:
    """How many rows they have, of the table of which they have the most."""
    rows = Counter[str]()
    for (table, _), count in files.items():
        rows[table] += count
    return max(rows.values())
