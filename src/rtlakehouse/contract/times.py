"""Times between DuckDB and the tables."""

from __future__ import annotations

import pyarrow as pa

__all__ = ["in_utc"]

_LOCAL_TIME = pa.timestamp("us")


def in_utc(table: pa.Table) -> pa.Table:
    """Statements work on UTC times without a zone (see statement.py); the tables' times have one."""
    for i, field in enumerate(table.schema):
        if field.type == _LOCAL_TIME:
            table = table.set_column(i, field.name, table[field.name].cast(pa.timestamp("us", "UTC")))
    return table
