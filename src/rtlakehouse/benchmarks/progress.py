"""How fast a backlog is worked through, seen from outside: how much was done when."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from rtlakehouse.benchmarks.lakehouse import Lakehouse
from rtlakehouse.errors import RtlError

__all__ = ["Progress", "watched"]

_POLL_S = 0.02


@dataclass
class Progress:
    """Events that were done, by the time they were first seen done."""

    started: float = field(default_factory=time.perf_counter)
    steps: list[tuple[float, int]] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.steps[-1][1] if self.steps else 0

    def see(self, done: int) -> None:
        if done > self.done:
            self.steps.append((time.perf_counter(), done))

    @property
    def rate(self) -> float:
        """Events a second, from the start of the first process."""
        at, done = self.steps[-1]
        return done / (at - self.started)

    @property
    def warm_rate(self) -> float:
        """Events a second once something is done: without the start of processes, and without the first batch."""
        (first_at, first), (last_at, last) = self.steps[0], self.steps[-1]
        if len(self.steps) == 1:
            raise RtlError("All was done in one batch: there is nothing warm to measure. Let there be more events.")
        return (last - first) / (last_at - first_at)


def watched(lakehouse: Lakehouse, events: int, patience_s: float) -> Progress:
    """Watch the ledger until it accounts for so many. Raises RtlError where it does not in time."""
    progress = Progress()
    while progress.done < events:
        progress.see(lakehouse.received())
        if time.perf_counter() - progress.started > patience_s:
            raise RtlError(f"After {patience_s:g} s only {progress.done:,} of {events:,} records are in gold.")
        time.sleep(_POLL_S)
    return progress
