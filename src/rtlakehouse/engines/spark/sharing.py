"""Work shared out over Spark's tasks. What a task gives is rows of Arrow tables, each table as one value.

So the rows in them cost the JVM nothing: they are read, worked out and written in the Python processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

__all__ = ["LARGE_BYTES", "Results", "are_enough", "collected", "columns_of", "gathered", "result", "shared", "shares", "tables"]

# What tasks hand on: a column for each name that `result` was given.
Results = Iterator[pa.RecordBatch]
Piece = TypeVar("Piece")

# A table that is handed on is better not much larger: it is copied from one process to another.
LARGE_BYTES = 128 << 20

_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


def shares(pieces: Iterable[Piece], weight: Callable[[Piece], int], most: int) -> list[list[Piece]]:
    """The pieces in at most so many lists of about the same weight; none of them is empty."""
    found: list[list[Piece]] = [[] for _ in range(most)]
    weights = [0] * most
    for piece in sorted(pieces, key=weight, reverse=True):
        lightest = weights.index(min(weights))
        found[lightest].append(piece)
        weights[lightest] += weight(piece)
    return [share for share in found if share]


def shared(session: SparkSession, pieces: Sequence[Piece], work: Callable[[Piece], Results], schema: str) -> DataFrame:
    """What `work` makes of each of these, a task each. There must be one at least."""

    def working(numbers: Results) -> Results:
        for batch in numbers:
            for number in batch.column(0):
                yield from work(pieces[number.as_py()])

    return session.range(0, len(pieces), 1, len(pieces)).mapInArrow(working, schema)


def columns_of(*names: str) -> str:
    """The schema of results that have a table under each of these names."""
    return ", ".join(f"{name} binary" for name in names)


def result(**given: pa.Table) -> pa.RecordBatch:
    """One row of results."""
    return pa.record_batch([pa.array([_packed(table)], pa.binary()) for table in given.values()], list(given))


def tables(results: Iterable[pa.RecordBatch], name: str) -> Iterator[pa.Table]:
    """The tables under a name."""
    for batch in results:
        for value in batch.column(name):
            yield _unpacked(value.as_buffer())


def collected(results: DataFrame) -> list[pa.RecordBatch]:
    """All results, here. `DataFrame.toArrow` is the same, and Spark 4's alone."""
    found: list[pa.RecordBatch] = results._collect_as_arrow()  # type: ignore[operator]  # pyspark gives it no type
    return found


def gathered(given: Iterable[pa.Table], least: int) -> Iterator[pa.Table]:
    """The same rows in tables each of which, but the last, are enough, see `are_enough`."""
    waiting: list[pa.Table] = []
    for table in given:
        waiting.append(table)
        if are_enough(waiting, least):
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def are_enough(given: Sequence[pa.Table], least: int) -> bool:
    """Whether these have at least so many rows, or rows that are large."""
    return sum(map(len, given)) >= least or sum(table.nbytes for table in given) >= LARGE_BYTES


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_OPTIONS) as writer:
        writer.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _unpacked(value: Any) -> pa.Table:
    with pa.ipc.open_stream(value) as reader:
        return reader.read_all()
