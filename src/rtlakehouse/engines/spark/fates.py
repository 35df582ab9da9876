"""What becomes of each record of a batch: sorted out in tasks, written as files of silver's tables, counted for the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from rtlakehouse.engines.spark.dedupe import PLACE
from rtlakehouse.engines.spark.ledger import ACCEPTED, DUPLICATE, QUARANTINED, counted
from rtlakehouse.engines.spark.sharing import Results, are_enough, columns_of, result, tables
from rtlakehouse.medallion.silver import DUPLICATES, EVENTS, QUARANTINE
from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.data_files import write_files

__all__ = ["FATES", "STORED", "storing"]

# The table of each fate.
FATES: dict[str, Table] = {ACCEPTED: EVENTS, DUPLICATE: DUPLICATES, QUARANTINED: QUARANTINE}
STORED = columns_of("files", "counts")

# About so many records of a task are in memory at a time, and in a file.
_AT_ONCE = 500_000

_FILES = pa.schema([("table", pa.string()), ("path", pa.string())])

Sorted = dict[str, pa.Table]


def storing(found: pa.Table, folder: Path) -> Callable[[Results], Results]:
    """A function from what is judged to the `files` that have it now, each with the name of its `table`, and the `counts` of it.

    found: the duplicates among the accepted ones. folder: has one for each table.
    """

    def store(judged: Results) -> Results:
        for fates in _gathered(_sorted(judged, found)):
            files = [
                {"table": table.name, "path": str(path)}
                for fate, table in FATES.items()
                for path in write_files(folder / table.name, table.conform(fates[fate]), table.partition_by)
            ]
            yield result(files=pa.Table.from_pylist(files, _FILES), counts=counted(fates))

    return store


def _sorted(judged: Results, found: pa.Table) -> Iterator[Sorted]:
    for batch in judged:
        for accepted, rejected in zip(tables([batch], "accepted"), tables([batch], "rejected"), strict=True):
            kept, duplicates = _split(accepted, found)
            yield {ACCEPTED: kept, DUPLICATE: duplicates, QUARANTINED: rejected}


def _split(accepted: pa.Table, found: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The events that count, and the others with what is kept in place of each."""
    ordinals = accepted.select(PLACE).append_column("ordinal", pa.array(np.arange(len(accepted))))
    fates = ordinals.join(found, list(PLACE), join_type="inner").sort_by("ordinal")
    keep = np.ones(len(accepted), bool)
    keep[fates["ordinal"].to_numpy()] = False
    duplicates = accepted.take(fates["ordinal"])
    for name in found.column_names[len(PLACE) :]:
        duplicates = duplicates.append_column(name, fates[name])
    return accepted.filter(pa.array(keep)), duplicates


def _gathered(chunks: Iterable[Sorted]) -> Iterator[Sorted]:
    """The same records, as many at a time as are to be in a file."""
    waiting: list[Sorted] = []
    for chunk in chunks:
        waiting.append(chunk)
        if are_enough([rows for fates in waiting for rows in fates.values()], _AT_ONCE):
            yield _together(waiting)
            waiting = []
    if waiting:
        yield _together(waiting)


def _together(chunks: list[Sorted]) -> Sorted:
    return {fate: pa.concat_tables([chunk[fate] for chunk in chunks]) for fate in FATES}
