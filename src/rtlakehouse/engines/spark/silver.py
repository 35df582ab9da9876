"""What silver.events holds, read by its exact list of files: of what a batch needs, and no more."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from rtlakehouse.engines.spark.types import ddl, instant
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.storage.live import LiveFiles
from rtlakehouse.storage.log import DataFile

__all__ = ["MINUTE", "SilverFiles"]

_TIME = "event_time"
# The minute of an event, counted from the epoch: its window.
MINUTE = f"floor(unix_seconds({_TIME}) / 60)"
# A partition's column is in the names of folders, not in files; nothing here needs it.
_STORED = [field for field in EVENTS.schema if field.name not in EVENTS.partition_by]


class SilverFiles:
    """The live files of the table, as of the last `advance`."""

    def __init__(self, session: SparkSession, table: Path) -> None:
        self._session = session
        self._live = LiveFiles(table)

    @property
    def version(self) -> int:
        return self._live.version

    def advance(self) -> None:
        """Take over what was committed since."""
        for _ in self._live.advance():
            pass

    def between(self, first: datetime, last: datetime, columns: Collection[str], excluding: frozenset[str]) -> DataFrame:
        """These columns of the events of files that have any in [first, last]; some happened before or after it."""
        return self._read((file for file in self._live.overlapping(_TIME, first, last) if file.path not in excluding), columns)

    def of_windows(self, windows: Sequence[datetime], minutes: Sequence[int]) -> DataFrame:
        """The events of these windows, in order, which are the `minutes` since the epoch."""
        files = (file for file in self._live.files.values() if _may_hold(file, windows))
        events = self._read(files, [field.name for field in _STORED])
        # The first condition is one that whole row groups can be left out by.
        return events.where(f.col(_TIME) >= instant(windows[0])).where(f.expr(MINUTE).isin(*minutes))

    def _read(self, files: Iterable[DataFile], columns: Collection[str]) -> DataFrame:
        schema = ddl(pa.schema([field for field in _STORED if field.name in columns]))
        paths = [str(self._live.table / file.path) for file in files]
        return self._session.read.schema(schema).parquet(*paths) if paths else self._session.createDataFrame([], schema)


def _may_hold(file: DataFile, windows: Sequence[datetime]) -> bool:
    if _TIME not in file.lowest:
        return True
    earliest = file.lowest[_TIME].replace(second=0, microsecond=0)
    return bisect_left(windows, earliest) < bisect_right(windows, file.highest[_TIME])
