"""Bronze, cut into batches of whole versions."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rtlakehouse.engines.base import Batch
from rtlakehouse.errors import CorruptionError, InvariantError
from rtlakehouse.medallion import bronze
from rtlakehouse.storage.durable import sync_commit
from rtlakehouse.storage.log import Commit, follow, read_commit

__all__ = ["BronzeReader"]

_ORDER = ("source", "topic", "partition", "position")


class BronzeReader:
    """Follows bronze's log from a version on. What it hands out is durable: it syncs before it reads."""

    def __init__(self, table: Path, after: int, max_events: int) -> None:
        self._table = table
        self._taken = after
        self._seen = after
        self._max_events = max_events
        self._waiting: deque[Commit] = deque()
        if read_commit(table, after) is None and read_commit(table, after + 1) is None:
            raise InvariantError(
                f"{table} has lost the commits after version {after}, which silver has not taken. Run `rtl verify`."
            )

    @property
    def waiting_events(self) -> int:
        """Events committed to bronze and not yet handed out, as of the last look."""
        return sum(file.rows for commit in self._waiting for file in commit.adds)

    def next(self, upto: int | None = None) -> Batch | None:
        """The next batch: up to a version where one is given, else up to the configured number of events.

        A version that holds more than that is a batch of its own. None where there is nothing new.
        """
        self._look()
        chosen: list[Commit] = []
        events = 0
        while self._waiting and self._fits(self._waiting[0], events, upto, chosen):
            chosen.append(self._waiting.popleft())
            events += sum(file.rows for file in chosen[-1].adds)
        if not chosen:
            return None
        after, self._taken = self._taken, chosen[-1].version
        return Batch(after, self._taken, self._read(chosen))

    def _fits(self, commit: Commit, events: int, upto: int | None, chosen: list[Commit]) -> bool:
        if upto is not None:
            return commit.version <= upto
        return not chosen or events + sum(file.rows for file in commit.adds) <= self._max_events

    def _look(self) -> None:
        if read_commit(self._table, self._seen + 1) is None:
            return
        for commit in follow(self._table, self._seen):
            self._seen = commit.version
            if commit.data_change and commit.adds:
                self._waiting.append(commit)

    def _read(self, commits: list[Commit]) -> pa.Table:
        for commit in commits:
            sync_commit(self._table, commit)
        return pa.concat_tables([self._read_commit(commit) for commit in commits])

    def _read_commit(self, commit: Commit) -> pa.Table:
        """The records of a version, by topic, partition and position: a writer keeps that order within a file."""
        files = [self._read_file(file.path) for file in commit.adds]
        return files[0] if len(files) == 1 else pa.concat_tables(files).sort_by([(name, "ascending") for name in _ORDER])

    def _read_file(self, path: str) -> pa.Table:
        try:
            return bronze.EVENTS.conform(pq.read_table(self._table / path, partitioning=None))
        except FileNotFoundError as error:
            raise CorruptionError(f"{self._table / path} was committed to bronze and is missing. Run `rtl doctor`.") from error
