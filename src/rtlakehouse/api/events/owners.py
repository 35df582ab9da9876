"""Whose records were acknowledged last, so that nobody learns of another's from a receipt."""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass

__all__ = ["Owners"]

# Runs of records of one tenant; about 10 MB. One tenant alone makes one run for ever.
_KEPT = 100_000


@dataclass
class _Run:
    tenant_id: str
    first: int
    end: int


class Owners:
    """The tenants of the newest positions of a partition. Thread-safe."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []
        self._lock = threading.Lock()

    def add(self, tenant_id: str, first: int, count: int) -> None:
        """Remember whose these positions are."""
        with self._lock:
            at = bisect_right(self._runs, first, key=lambda run: run.first)
            before = self._runs[at - 1] if at else None
            if before is not None and (before.tenant_id, before.end) == (tenant_id, first):
                before.end += count
            else:
                self._runs.insert(at, _Run(tenant_id, first, first + count))
            if len(self._runs) > _KEPT:
                del self._runs[: _KEPT // 10]

    def of(self, position: int) -> str | None:
        """Whose a position is; None where that is not remembered, or it was given to nobody."""
        with self._lock:
            at = bisect_right(self._runs, position, key=lambda run: run.first)
            found = self._runs[at - 1] if at else None
            return found.tenant_id if found is not None and position < found.end else None
