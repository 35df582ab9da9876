"""Arrow tables under the names that SQL files read them by, for as long as a statement runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

__all__ = ["relation"]


@contextmanager
def relation(connection: duckdb.DuckDBPyConnection, **tables: pa.Table) -> Iterator[None]:
    """Let `connection` read each table by its keyword's name inside the block.

    Times go in as UTC without a zone: DuckDB's arithmetic on zoned times goes through its calendar library and is slow.
    """
    for name, table in tables.items():
        connection.register(name, _without_zone(table))
    try:
        yield
    finally:
        for name in tables:
            connection.unregister(name)


def _without_zone(table: pa.Table) -> pa.Table:
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz:
            table = table.set_column(i, field.name, table[field.name].cast(pa.timestamp(field.type.unit)))
    return table
