"""Detectors: what is told, what is not, and that nothing of later points is used."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from rtlakehouse.benchmarks.anomalies import FAULTS, Fault, with_fault
from rtlakehouse.ml import Detector, Judgement, SeasonalBaseline, WindowedGaussian
from rtlakehouse.ml.series import judged

START = datetime(2026, 11, 2)  # noqa: DTZ001 - naive UTC, as detectors have it
MINUTE = timedelta(minutes=1)
DETECTORS = [SeasonalBaseline, WindowedGaussian]


def all_of(detector: Detector, values: list[float]) -> list[Judgement]:
    return [detector.update(START + MINUTE * at, value) for at, value in enumerate(values)]


def told(found: list[Judgement]) -> list[int]:
    return [at for at, each in enumerate(found) if each.is_anomaly]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_told_and_nothing_before_it(fault: Fault) -> None:
    values, start = with_fault(3, fault)
    found = told(all_of(SeasonalBaseline(), values[: start + fault.minutes]))
    assert found
    assert start <= found[0]


def test_two_weeks_as_usual_tell_nothing() -> None:
    values, _ = with_fault(7, None)
    assert told(all_of(SeasonalBaseline(), values)) == []


@pytest.mark.parametrize("make", DETECTORS)
def test_what_comes_later_changes_no_judgement(make: Callable[[], Detector], chance: random.Random) -> None:
    values = [chance.expovariate(0.1) for _ in range(800)]
    cut = chance.randrange(1, 800)
    assert all_of(make(), values[:cut]) == all_of(make(), values)[:cut]


@pytest.mark.parametrize("make", DETECTORS)
def test_a_point_is_an_anomaly_only_outside_of_its_band(make: Callable[[], Detector], chance: random.Random) -> None:
    found = all_of(make(), [chance.paretovariate(1.1) for _ in range(2_000)])
    for each in found:
        assert math.isfinite(each.score)
        if each.band is not None:
            assert each.band.low <= each.band.expected <= each.band.high
            assert (each.score > 1) == (not each.band.low <= each.judged <= each.band.high)
        assert not each.is_anomaly or each.score > 1
    far = told(found)
    assert all(later - earlier >= 60 for earlier, later in pairwise(far))


@pytest.mark.parametrize("make", DETECTORS)
def test_a_constant_is_never_an_anomaly(make: Callable[[], Detector]) -> None:
    assert told(all_of(make(), [5.0] * 500)) == []


def test_a_minute_without_a_value_is_the_given_one_or_left_out() -> None:
    values = {START: 1.0, START + 3 * MINUTE: 4.0}
    end = START + 5 * MINUTE
    assert [value for _, value, _ in judged(SeasonalBaseline(), values, end, 0.0)] == [1.0, 0.0, 0.0, 4.0, 0.0]
    assert [value for _, value, _ in judged(SeasonalBaseline(), values, end, None)] == [1.0, 4.0]
    assert list(judged(SeasonalBaseline(), {}, end, 0.0)) == []
