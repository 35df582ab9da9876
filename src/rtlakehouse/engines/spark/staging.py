"""Parquet files that Spark writes for a commit: first beside the tables, then moved to where the table's log will name them."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyspark.sql import DataFrame

from rtlakehouse.engines.commits import Add
from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.commit import TableWriter
from rtlakehouse.storage.durable import writing
from rtlakehouse.storage.log import Commit

__all__ = ["Staging"]


class Staging:
    """A folder of the lake's own disk. What is in it when an engine starts was left there by one that was killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        shutil.rmtree(folder, ignore_errors=True)

    def adding(self, rows: DataFrame) -> Add:
        """What writes these rows, and adds the files to a table in a commit."""

        def add(writer: TableWriter, progress: Mapping[str, int], metadata: Mapping[str, Any]) -> Commit:
            return writer.adopt(self.write(rows, writer.definition, writer.path), progress, metadata)

        return add

    def write(self, rows: DataFrame, definition: Table, place: Path) -> list[Path]:
        """The rows as a file of each part, below `place`, where the table is, which knows nothing of them yet."""
        folder = self._folder / uuid.uuid4().hex
        rows.select(*definition.column_names).write.partitionBy(*definition.partition_by).parquet(str(folder))
        with writing(definition.name):
            moved = list(_moved(folder, place))
            shutil.rmtree(folder)
        return moved


def _moved(folder: Path, table: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.parquet")):
        # Where a part has no rows, Spark may write a file all the same.
        if pq.read_metadata(path).num_rows:
            place = table / path.relative_to(folder)
            place.parent.mkdir(exist_ok=True)
            yield path.rename(place)
