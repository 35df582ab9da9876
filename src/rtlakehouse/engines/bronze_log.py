"""Bronze's log, cut into batches of whole versions: the same for every engine, whatever reads the records."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path

from rtlakehouse.errors import InvariantError
from rtlakehouse.medallion import bronze
from rtlakehouse.storage.durable import sync_commit, writing
from rtlakehouse.storage.log import Commit, follow, read_commit
from rtlakehouse.tracing import causes_of

__all__ = ["BronzeLog", "Versions"]


@dataclass(frozen=True)
class Versions:
    """The bronze versions above `after` up to `upto`; `commits` are those of them that added records, in order."""

    after: int
    upto: int
    commits: tuple[Commit, ...]

    @property
    def records(self) -> int:
        """How many records they added, by the log."""
        return sum(file.rows for commit in self.commits for file in commit.adds)

    @property
    def causes(self) -> list[str]:
        """The spans that they came from, see `tracing`."""
        return causes_of(commit.metadata for commit in self.commits)


class BronzeLog:
    """Follows bronze's log from a version on. What it hands out is durable: it syncs before anybody reads."""

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

    def next(self, upto: int | None = None) -> Versions | None:
        """The next batch: up to a version where one is given, else up to the configured number of events.

        A version that holds more than that is a batch of its own. None where there is nothing new. Raises InvariantError where
        bronze does not have the version that is given.
        """
        self._look()
        chosen: list[Commit] = []
        events = 0
        while self._waiting and self._fits(self._waiting[0], events, upto, chosen):
            chosen.append(self._waiting.popleft())
            events += sum(file.rows for file in chosen[-1].adds)
        if upto is not None and (not chosen or chosen[-1].version != upto):
            raise InvariantError(f"silver holds bronze up to version {upto}, which bronze does not have. Run `rtl verify`.")
        if not chosen:
            return None
        after, self._taken = self._taken, chosen[-1].version
        with writing(bronze.EVENTS.name):
            for commit in chosen:
                sync_commit(self._table, commit)
        return Versions(after, self._taken, tuple(chosen))

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
