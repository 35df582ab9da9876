"""How long the pipeline rests between two batches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rtlakehouse.clock import ManualClock
from rtlakehouse.engines.base import StepResult
from rtlakehouse.pipeline import Pipeline
from rtlakehouse.stopping import Stop
from rtlakehouse.storage.lake import Lake

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TRIGGER, REST = timedelta(milliseconds=20), timedelta(milliseconds=100)


class _Engine:
    """Takes as long for its one batch as it is told; after that bronze has nothing new."""

    done = 0

    def __init__(self, clock: ManualClock, seconds: float, received: int, waiting: int) -> None:
        self._clock = clock
        self._batches = iter([seconds])
        self._received = received
        self._waiting = waiting

    def recover(self) -> None:
        return None

    def step(self) -> StepResult | None:
        if (seconds := next(self._batches, None)) is None:
            return None
        self._clock.sleep(seconds)
        return StepResult(1, self._received, self._received, 0, 0, 0, None, {}, waiting=self._waiting)

    def close(self) -> None:
        pass

    def reopen(self, *tables: str) -> None:
        pass


class _Stop(Stop):
    """Wanted once it was waited for twice; remembers for how long, in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def wait(self, timeout_s: float) -> bool:
        self.waited.append(round(timeout_s * 1000, 6))
        if len(self.waited) == 2:
            self.set()
        return self.is_set()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


@pytest.mark.parametrize(
    ("batch_s", "received", "waiting", "rest", "rests_ms"),
    [
        (0.120, 30, 0, REST, 60),
        (0.008, 30, 0, REST, 12),
        (3.0, 30, 0, REST, 100),
        (0.120, 30, 0, timedelta(), 0),
        (0.120, 30, 1, REST, 0),
        (0.120, 10_001, 0, REST, 0),
    ],
    ids=[
        "half as long",
        "no sooner than the trigger",
        "no longer than it may",
        "not at all",
        "not while it is behind",
        "not after a large batch",
    ],
)
def test_after_a_batch_the_engine_rests(
    lake: Lake, batch_s: float, received: int, waiting: int, rest: timedelta, rests_ms: float
) -> None:
    clock, stop = ManualClock(NOON), _Stop()
    Pipeline(lake, _Engine(clock, batch_s, received, waiting), clock, None).run(stop, TRIGGER, rest)
    assert stop.waited == [rests_ms, 20], "without a batch it looks again at its trigger"
