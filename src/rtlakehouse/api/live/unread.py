"""What was appended to the tables of events since a client's places, piece by piece, batch after batch."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from rtlakehouse.api.live.places import Place, Places
from rtlakehouse.catalog.appended import Appended, Appends, Lost

__all__ = ["Gone", "Piece", "pieces", "rows_unread"]

# Rows that are read, and told, at a time.
_SIZE = 200
Columns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Piece:
    """Rows of one version of a table, and the number of the first of them within it."""

    table: str
    version: int
    first: int
    rows: pa.Table

    @property
    def after(self) -> Place:
        return Place(self.version, self.first + self.rows.num_rows)


@dataclass(frozen=True)
class Gone:
    """Versions whose rows are not kept any more."""

    table: str
    first: int
    last: int

    @property
    def after(self) -> Place:
        return Place(self.last + 1)


def pieces(appends: Appends, places: Places, versions: Mapping[str, int], columns: Columns) -> Iterator[Piece | Gone]:
    """All from these places on, up to these versions. What one batch appended to several tables comes together."""
    for _, _, step in heapq.merge(*(_steps(appends, table, places[table], versions[table]) for table in columns)):
        if isinstance(step, Lost):
            yield Gone(step.table, step.first, step.last)
            continue
        try:
            for first, rows in appends.rows(step, _first(step, places), columns[step.table], _SIZE):
                yield Piece(step.table, step.version, first, rows)
        except FileNotFoundError:
            yield Gone(step.table, step.version, step.version)


def rows_unread(appends: Appends, places: Places, versions: Mapping[str, int], columns: Columns) -> int:
    """How many rows that is, of all tenants."""
    steps = (step for table in columns for _, _, step in _steps(appends, table, places[table], versions[table]))
    return sum(step.rows - _first(step, places) for step in steps if isinstance(step, Appended))


def _first(step: Appended, places: Places) -> int:
    place = places[step.table]
    return place.row if place.version == step.version else 0


def _steps(appends: Appends, table: str, place: Place, last: int) -> Iterator[tuple[int, str, Appended | Lost]]:
    """Each with the batch that it is part of, and the table, by which those of two tables are put in order."""
    batch = -1
    for step in appends.between(table, place.version, last):
        # What is lost comes right after what came before it.
        batch = step.batch if isinstance(step, Appended) else batch
        yield batch, table, step
