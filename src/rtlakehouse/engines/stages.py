"""How long the steps of a batch take, and when they ended: named the same by every engine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from rtlakehouse import tracing
from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.tracing import Past

__all__ = ["Stages"]


class Stages:
    """Measures one batch. seconds: by step, in the order they were gone through."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun = clock.now()
        self._ended: dict[str, datetime] = {}
        self._is_traced = False
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        if self._is_traced:
            with tracing.span(stage):
                yield
        else:
            yield
        self.seconds[stage] = time.perf_counter() - start
        self._ended[stage] = self._clock.now()

    @contextmanager
    def traced(self, upto: int, causes: Sequence[str]) -> Iterator[None]:
        """A trace of the batch, with the steps so far and those inside the block. Once it is done each cause has it, too."""
        about = {"rtl.batch": upto}
        self._is_traced = True
        with tracing.span("batch", about, kind="consumer", parent="", links=causes, begun=self._begun):
            for step in self._past():
                tracing.tell(step)
            yield
            shared = tracing.current()
        for cause in causes:
            tracing.tell(Past("batch", self._begun, self._clock.now(), about, self._past()), parent=cause, links=[shared])

    def _past(self) -> list[Past]:
        took = {stage: timedelta(seconds=seconds) for stage, seconds in self.seconds.items()}
        return [Past(stage, ended - took[stage], ended) for stage, ended in self._ended.items()]

    def timing(self) -> dict[str, Any]:
        """What the batch's last commit says of the steps before it: when it began, microseconds of each, when each ended."""
        took = {stage: round(taken * 1_000_000) for stage, taken in self.seconds.items()}
        ended = {stage: isoformat(moment) for stage, moment in self._ended.items()}
        return {"begun": isoformat(self._begun), "took_us": took, "ended": ended}
