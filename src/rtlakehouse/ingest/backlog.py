"""How much of bronze waits to be refined, as the one who fills it sees it."""

from __future__ import annotations

from collections import deque

from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import commit_path, follow

__all__ = ["Backlog"]

_LEDGER = "ops.ledger"
_BRONZE = "bronze.events"


class Backlog:
    """Follows bronze and the ledger by their logs."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._ledger = lake.version(_LEDGER)
        self._done = self._seen = lake.processed()
        self._waiting: deque[tuple[int, int]] = deque()

    def records(self) -> int:
        """Records in bronze that the ledger does not have yet."""
        self._follow_ledger()
        for commit in follow(self._lake.path(_BRONZE), self._seen):
            self._seen = commit.version
            if commit.data_change:
                self._waiting.append((commit.version, sum(file.rows for file in commit.adds)))
        while self._waiting and self._waiting[0][0] <= self._done:
            self._waiting.popleft()
        return sum(rows for _, rows in self._waiting)

    def _follow_ledger(self) -> None:
        path = self._lake.path(_LEDGER)
        for commit in follow(path, self._ledger):
            self._ledger = commit.version
            self._done = commit.metadata.get("versions", {}).get(_BRONZE, self._done)
        if not commit_path(path, self._ledger).exists():
            # The log was cleaned past what was seen of it: look at the table instead.
            self._ledger = self._lake.version(_LEDGER)
            self._done = self._lake.processed()
