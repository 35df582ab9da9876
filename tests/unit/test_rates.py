"""How an engine gets on, in figures that are the same for every engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rtlakehouse.clock import ManualClock
from rtlakehouse.engines.base import StepResult
from rtlakehouse.engines.rates import Rates
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.progress import read_progress

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def batch(upto: int, received: int, seconds: float, waiting: int = 0) -> StepResult:
    stages = {"refine": seconds / 4, "gold": seconds * 3 / 4}
    return StepResult(upto, received, received, 0, 0, 0, None, {}, stages, waiting)


def test_before_the_first_batch_there_is_nothing_to_say(lake: Lake) -> None:
    assert read_progress(lake) is None


def test_rates_are_of_the_time_that_passed_and_of_the_time_that_was_worked(lake: Lake, clock: ManualClock) -> None:
    rates = Rates(lake, clock, "spark", timedelta(seconds=10))
    clock.advance(timedelta(seconds=10))
    rates.observe(batch(7, received=3_000, seconds=4, waiting=50))
    found = read_progress(lake)
    assert found is not None
    assert (found.engine, found.batch, found.received, found.waiting) == ("spark", 7, 3_000, 50)
    assert (found.input_per_s, found.processed_per_s, found.trigger_s) == (300, 750, 10)
    assert found.stage_seconds == {"refine": 1, "gold": 3}
    assert found.at == "2026-11-24T12:00:10Z"


def test_many_batches_a_second_are_said_together(lake: Lake, clock: ManualClock) -> None:
    rates = Rates(lake, clock, "embedded", timedelta(milliseconds=20))
    for upto in range(1, 6):
        clock.advance(timedelta(milliseconds=250))
        rates.observe(batch(upto, received=100, seconds=0.1))
    found = read_progress(lake)
    assert found is not None
    assert (found.batch, found.received, found.input_per_s, found.processed_per_s) == (4, 100, 400, 1_000)
