"""What the footer of a Parquet file says. Files never change, so each is opened once."""

from __future__ import annotations

from functools import lru_cache

import pyarrow as pa
import pyarrow.parquet as pq

from rtlakehouse.errors import CorruptionError

__all__ = ["has_columns", "rows_in"]

# More than the live files of all tables of one version.
_KEPT = 8_192


@lru_cache(maxsize=_KEPT)
def has_columns(path: str, columns: frozenset[str]) -> bool:
    """Whether a file has all of these columns.

    Raises FileNotFoundError where it was vacuumed, CorruptionError where it cannot be read.
    """
    try:
        return columns.issubset(pq.read_schema(path).names)
    except pa.ArrowInvalid as error:
        raise CorruptionError(f"{path} is not readable: {error}. Run `rtl doctor`.") from error


@lru_cache(maxsize=_KEPT)
def rows_in(path: str) -> int:
    """How many rows a file has. Raises as `has_columns`."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except pa.ArrowInvalid as error:
        raise CorruptionError(f"{path} is not readable: {error}. Run `rtl doctor`.") from error
