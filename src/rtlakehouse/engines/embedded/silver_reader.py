"""What the engine reads back from silver: ids of a day, events of a few minutes. Only the files that may hold them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from rtlakehouse.engines.embedded.dedupe import ID_COLUMNS
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.storage.durable import failure
from rtlakehouse.storage.live import LiveFiles
from rtlakehouse.storage.log import DataFile

__all__ = ["SilverReader"]

_MINUTE = timedelta(minutes=1)
_WITHOUT_PARTITION = tuple(name for name in EVENTS.column_names if name not in EVENTS.partition_by)


class SilverReader:
    """Reads silver.events through its file list; `excluding` are files of a batch that must not be seen yet."""

    def __init__(self, table: Path, live: LiveFiles) -> None:
        self._table = table
        self._live = live

    def ids_of(self, day: date, excluding: frozenset[str] = frozenset()) -> Iterator[pa.Table]:
        """`ID_COLUMNS` of the events of a UTC date, file by file: those of a whole day may be more than memory should hold."""
        for file in list(self._live.files.values()):
            if file.partition.get("event_date") == day.isoformat():
                yield self._read([file], excluding, ID_COLUMNS, None)

    def events_of(self, windows: Sequence[datetime], excluding: frozenset[str] = frozenset()) -> pa.Table:
        """The events of these minutes, without the partition column."""
        files = {file.path: file for window in windows for file in self._overlapping(window)}
        starts = pa.array(sorted(windows), EVENTS.schema.field("event_time").type)
        happened = pc.field("event_time")
        # By the first two conditions whole row groups are left out.
        within = (happened >= starts[0]) & (happened < pa.scalar(max(windows) + _MINUTE))
        wanted = within & pc.floor_temporal(happened, unit="minute").isin(starts)
        return self._read(list(files.values()), excluding, _WITHOUT_PARTITION, wanted)

    def newest_minute(self, excluding: frozenset[str] = frozenset()) -> datetime | None:
        """The newest minute that has an event; None while there is none."""
        newest = [f.highest["event_time"] for f in self._live.files.values() if f.path not in excluding]
        return max(newest).replace(second=0, microsecond=0) if newest else None

    def _overlapping(self, window: datetime) -> list[DataFile]:
        day = window.date().isoformat()
        last = window + _MINUTE - timedelta(microseconds=1)
        return [f for f in self._live.overlapping("event_time", window, last) if f.partition.get("event_date") == day]

    def _read(
        self, files: list[DataFile], excluding: frozenset[str], columns: tuple[str, ...], where: ds.Expression | None
    ) -> pa.Table:
        schema = pa.schema([EVENTS.schema.field(name) for name in columns])
        paths = [str(self._table / file.path) for file in files if file.path not in excluding]
        if not paths:
            return schema.empty_table()
        full = pa.schema([field for field in EVENTS.schema if field.name in _WITHOUT_PARTITION])
        try:
            data: pa.Table = ds.dataset(paths, schema=full, format="parquet").to_table(columns=list(columns), filter=where)
        except OSError as error:
            raise failure(EVENTS.name, error) from error
        return data.cast(schema)
