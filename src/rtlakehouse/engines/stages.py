"""How long the steps of a batch take, and when they ended: named the same by every engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rtlakehouse.clock import Clock, isoformat

__all__ = ["Stages"]


class Stages:
    """Measures one batch. seconds: by step, in the order they were gone through."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun = isoformat(clock.now())
        self._ended: dict[str, str] = {}
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[stage] = time.perf_counter() - start
        self._ended[stage] = isoformat(self._clock.now())

    def timing(self) -> dict[str, Any]:
        """What the batch's last commit says of the steps before it: when it began, microseconds of each, when each ended."""
        took = {stage: round(taken * 1_000_000) for stage, taken in self.seconds.items()}
        return {"begun": self._begun, "took_us": took, "ended": dict(self._ended)}
