"""Batches of bronze, read and refined."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from rtlakehouse.contract.floors import Floors
from rtlakehouse.contract.refine import Refined, Refiner
from rtlakehouse.engines.base import Batch
from rtlakehouse.engines.bronze_log import BronzeLog
from rtlakehouse.errors import CorruptionError
from rtlakehouse.medallion import bronze
from rtlakehouse.storage.data_files import read_file
from rtlakehouse.storage.log import Commit

__all__ = ["BronzeReader", "RefinedBatches"]

_ORDER = ("source", "topic", "partition", "position")


class BronzeReader:
    """Reads what `BronzeLog` hands out."""

    def __init__(self, table: Path, after: int, max_events: int) -> None:
        self._table = table
        self._log = BronzeLog(table, after, max_events)

    @property
    def waiting_events(self) -> int:
        """Events committed to bronze and not yet handed out, as of the last look."""
        return self._log.waiting_events

    def next(self, upto: int | None = None) -> Batch | None:
        """The next batch, as `BronzeLog.next`."""
        versions = self._log.next(upto)
        if versions is None:
            return None
        records = pa.concat_tables([self._read_commit(commit) for commit in versions.commits])
        return Batch(versions.after, versions.upto, records, versions.causes)

    def _read_commit(self, commit: Commit) -> pa.Table:
        """The records of a version, by topic, partition and position: a writer keeps that order within a file."""
        files = [self._read_file(file.path) for file in commit.adds]
        return files[0] if len(files) == 1 else pa.concat_tables(files).sort_by([(name, "ascending") for name in _ORDER])

    def _read_file(self, path: str) -> pa.Table:
        try:
            return bronze.EVENTS.conform(read_file(self._table / path))
        except FileNotFoundError as error:
            raise CorruptionError(f"{self._table / path} was committed to bronze and is missing. Run `rtl doctor`.") from error


class _Made(NamedTuple):
    batch: Batch
    refined: Refined
    floors: Floors


class RefinedBatches:
    """The batches of a reader with what the row rules say of them.

    Where more waits than fits into a batch, the next one is made while the one before it is written: what the one does with the
    processor, the other waits for the disk. Otherwise nothing is read ahead, so that a batch has all that came until its turn.
    floors: of what is accepted; they may be raised between two batches.
    """

    def __init__(self, reader: BronzeReader, refiner: Refiner, floors: Floors) -> None:
        self.floors = floors
        self._reader = reader
        self._refiner = refiner
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="refine")
        self._ahead: Future[_Made | None] | None = None
        # Records in bronze that are in no batch handed out, as of the last look.
        self.waiting_events = 0

    def next(self, upto: int | None = None) -> tuple[Batch, Refined] | None:
        """As `BronzeReader.next`. `upto` may be given the first time only."""
        made = self._make(self.floors, upto) if self._ahead is None else self._ahead.result()
        if made is not None and made.floors != self.floors:
            made = self._refined(made.batch, self.floors)
        self.waiting_events = self._reader.waiting_events
        self._ahead = self._thread.submit(self._make, self.floors) if self.waiting_events else None
        return None if made is None else (made.batch, made.refined)

    def close(self) -> None:
        self._thread.shutdown()

    def _make(self, floors: Floors, upto: int | None = None) -> _Made | None:
        batch = self._reader.next(upto)
        return None if batch is None else self._refined(batch, floors)

    def _refined(self, batch: Batch, floors: Floors) -> _Made:
        return _Made(batch, self._refiner.refine(batch.records, floors=floors), floors)
