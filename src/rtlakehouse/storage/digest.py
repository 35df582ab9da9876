"""What a table's rows are, in one short text that is the same for the same rows in whatever order, files or encoding."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake

__all__ = ["digest"]

_ROWS_AT_ONCE = 50_000


def digest(lake: Lake, table: str, version: int | None = None) -> str:
    """A BLAKE2b-128 over the rows of a version in the order of their key."""
    rows = lake.read(table, version).sort_by([(name, "ascending") for name in TABLES[table].key])
    found = hashlib.blake2b(digest_size=16)
    for start in range(0, rows.num_rows, _ROWS_AT_ONCE):
        for row in rows.slice(start, _ROWS_AT_ONCE).to_pylist():
            found.update(json.dumps(list(row.values()), default=_text).encode() + b"\n")
    return found.hexdigest()


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, Decimal) else str(value.isoformat())
