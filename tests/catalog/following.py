"""A catalog on a lake, an engine beside it, and what a snapshot answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pyarrow as pa

from faults.loads import commit
from faults.programs import until
from rtlakehouse.catalog import Catalog, Snapshot
from rtlakehouse.clock import Clock, SystemClock
from rtlakehouse.engines.embedded.engine import EmbeddedEngine
from rtlakehouse.medallion.graph import GOLD, TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits, Maintenance
from running import drain, engine_on

__all__ = ["Writer", "answers", "catalog_on", "following", "recomputed", "shows", "until"]

POLL = timedelta(milliseconds=2)
Answers = dict[str, list[tuple[Any, ...]]]


def catalog_on(lake: Lake, clock: Clock | None = None) -> Catalog:
    return Catalog(lake, clock or SystemClock(), poll=POLL, memory_mb=256, gold_mb=16)


@contextmanager
def following(lake: Lake, clock: Clock | None = None) -> Iterator[Catalog]:
    """A catalog that follows the lake's log."""
    catalog = catalog_on(lake, clock)
    catalog.start()
    try:
        yield catalog
    finally:
        catalog.close()


class Writer:
    """Sends records and takes them to gold, batch by batch, with upkeep in between when told to."""

    def __init__(self, lake: Lake, sent: Sequence[bytes], limits: Limits | None = None) -> None:
        self.lake = lake
        self.engine: EmbeddedEngine = engine_on(lake)
        self._sent = sent
        self._upto = 0
        self._upkeep = Maintenance(lake, SystemClock(), limits or Limits(compact_files=2))

    def write(self, count: int) -> None:
        """One batch of this many records more."""
        self._upto += count
        commit(self.lake, self._sent[: self._upto], size=count)
        drain(self.engine)

    def keep_up(self, *, vacuum: bool = False) -> None:
        for table in TABLES:
            self._upkeep.run(table)
            if vacuum:
                self._upkeep.vacuum(table, retention=timedelta(0))
        self.engine.reopen()


def shows(catalog: Catalog, lake: Lake) -> bool:
    """Whether the catalog shows all that is in the ledger."""
    return catalog.latest.processed == lake.processed()


def answers(snapshot: Snapshot) -> Answers:
    """Everything that a snapshot says: the rows of every table."""
    return {name: rows_of(snapshot, name) for name in TABLES}


def rows_of(snapshot: Snapshot, table: str) -> list[tuple[Any, ...]]:
    found = snapshot.query(f"select {', '.join(TABLES[table].column_names)} from rows", rows=table)
    return comparable(found)


def comparable(rows: pa.Table) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in rows.to_pylist()), key=repr)


def recomputed(snapshot: Snapshot) -> Answers:
    """Every gold table as its query makes it of the silver events of the same snapshot."""
    found = {}
    for table in GOLD:
        rows = snapshot.query(f"select {', '.join(table.column_names)} from ({table.query})", events="silver.events")
        found[table.name] = sorted(
            (tuple(row.values()) for row in rows.cast(local_schema(rows, table.name)).to_pylist()), key=repr
        )
    return found


def local_schema(rows: pa.Table, table: str) -> pa.Schema:
    """The table's types, times as the query gives them: without a zone."""
    own = TABLES[table].schema
    return pa.schema([f if pa.types.is_timestamp(own.field(f.name).type) else own.field(f.name) for f in rows.schema])
