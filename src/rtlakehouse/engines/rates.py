"""The rates at which an engine works, batch by batch: the same figures for every engine."""

from __future__ import annotations

from datetime import timedelta

from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.engines.base import StepResult
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.progress import Progress, write_progress

__all__ = ["Rates"]

# An engine may do fifty batches a second; nobody looks that often.
_EVERY_S = 1.0


class Rates:
    """Told of every batch, writes the engine's `Progress` down, at most once a second.

    trigger: how often the engine looks for new records.
    """

    def __init__(self, lake: Lake, clock: Clock, engine: str, trigger: timedelta) -> None:
        self._lake = lake
        self._clock = clock
        self._engine = engine
        self._trigger = trigger
        self._since = clock.monotonic()
        self._received = 0
        self._worked = 0.0

    def observe(self, result: StepResult) -> None:
        self._received += result.received
        self._worked += sum(result.stage_seconds.values())
        passed = self._clock.monotonic() - self._since
        if passed < _EVERY_S:
            return
        progress = Progress(
            engine=self._engine,
            at=isoformat(self._clock.now()),
            batch=result.upto,
            received=result.received,
            input_per_s=round(self._received / passed, 1),
            processed_per_s=round(self._received / self._worked, 1) if self._worked else 0.0,
            stage_seconds={stage: round(seconds, 6) for stage, seconds in result.stage_seconds.items()},
            waiting=result.waiting,
            trigger_s=self._trigger.total_seconds(),
        )
        write_progress(self._lake, progress)
        self._since, self._received, self._worked = self._clock.monotonic(), 0, 0.0
