"""Spark's intermediate results, computed once."""

from __future__ import annotations

from pyspark.sql import DataFrame

__all__ = ["settled"]


def settled(rows: DataFrame) -> DataFrame:
    """Compute `rows` now, and go on from the result: later reads neither compute nor plan anew how it came about.

    Without that, each round of deduplication would plan all the rounds before it anew, several times over. What does not fit
    into memory goes to disk; Spark lets go of it once nobody refers to it.
    """
    return rows.localCheckpoint(eager=True)
