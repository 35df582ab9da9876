"""Detectors: what is told, what is not, and that nothing of later points is used."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import distributions
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from rtlakehouse.benchmarks.faults import FAULTS, SHIFT, Fault, told_of, with_fault, with_shift
from rtlakehouse.errors import UsageError
from rtlakehouse.ml import (
    DEFAULT,
    Detector,
    HalfSpaceTrees,
    Judged,
    Judgement,
    Learned,
    Learner,
    Offered,
    SeasonalBaseline,
    SeasonalBaselines,
    WindowedGaussian,
    detector,
    judged,
    offered,
)

START = datetime(2026, 11, 2)  # noqa: DTZ001 - naive UTC, as detectors have it
MINUTE = timedelta(minutes=1)
# Fewer trees than usual: what is tested here does not depend on how many there are.
TREES = partial(HalfSpaceTrees, trees=3, window=100)
DETECTORS = [SeasonalBaseline, WindowedGaussian, TREES]


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


def test_countries_that_change_shares_are_told_though_the_whole_is_as_it_was() -> None:
    found = told_of(SeasonalBaseline, SHIFT, 1)
    assert (found.precision, found.recall) == (1.0, 1.0)
    assert found.delay is not None
    countries, start = with_shift(0)
    assert told(all_of(SeasonalBaseline(), np.sum(countries, axis=0).tolist()[: start + SHIFT.minutes])) == []


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


def test_a_minute_without_a_value_is_left_out() -> None:
    found = list(judged(SeasonalBaseline(), START, np.array([math.nan, 1.0, math.nan, 4.0])))
    assert [(each.at, each.value) for each in found] == [(START + MINUTE, 1.0), (START + 3 * MINUTE, 4.0)]
    assert list(judged(SeasonalBaseline(), START, np.empty(0))) == []


def test_trees_tell_a_value_far_from_all_before_it(chance: random.Random) -> None:
    """Within ten minutes, or not again within the hour after another; they take one of a few thousand values for odd, too."""
    values = [chance.gauss(50, 3) for _ in range(1_500)] + [400.0] * 30
    far = told(all_of(HalfSpaceTrees(trees=10), values))
    assert any(1_440 < at < 1_510 for at in far)
    assert sum(at < 1_500 for at in far) <= 3


@pytest.mark.parametrize("make", [SeasonalBaseline, partial(WindowedGaussian, tolerance=3.0)])
def test_a_series_that_grows_and_is_corrected_tells_what_a_new_one_would(
    make: Callable[[], Detector], chance: random.Random
) -> None:
    values = np.array([chance.expovariate(0.1) for _ in range(1_400)])
    learner = Learner(make, START)
    length = 600
    for _ in range(25):
        length = min(len(values), max(1, length + chance.choice([-200, 1, 1, 60, 150])))
        for back in chance.sample([1, 5, 100, 900], k=chance.randrange(3)):
            values[max(0, length - back)] = chance.choice([math.nan, 0.0, 500.0, 5_000.0])
        known = values[:length].copy()
        assert learner.told(known) == [each for each in judged(make(), START, known) if each.judgement.is_anomaly]


def test_many_series_at_once_are_judged_as_each_would_be_alone(chance: random.Random) -> None:
    """Also those that begin later, and copies that go on by themselves."""
    values = np.array([[chance.paretovariate(1.3) * chance.randrange(2) for _ in range(12)] for _ in range(1_000)])
    values[[[chance.random() < 0.1 for _ in row] for row in values]] = math.nan
    values[:300, 8:] = math.nan
    many, found = SeasonalBaselines(8), list[tuple[int, Judged]]()
    for place, row in enumerate(values):
        if place == 300:
            many.extend(4)
        if place == 700:
            kept, many = many, many.copied()
        found += many.update(START + place * MINUTE, row[: len(many)])
    alone = [list(judged(SeasonalBaseline(), START, series)) for series in values.T]
    assert [[each for at, each in found if at == place] for place in range(12)] == [
        [each for each in every if each.judgement.is_anomaly] for every in alone
    ]
    assert found
    again = [each for place in range(700, 1_000) for each in kept.update(START + place * MINUTE, values[place])]
    assert again == [(place, each) for place, each in found if each.at >= START + 700 * MINUTE]


def test_a_minute_more_is_judged_once_and_a_late_one_is_judged_again_from_shortly_before_it() -> None:
    counted = Counted()
    learner = Learner(lambda: counted, START)
    values = np.ones(5_000)
    learner.told(values[:4_999])
    assert Counted.points == 4_999
    learner.told(values)
    assert Counted.points == 5_000
    corrected = values.copy()
    corrected[4_900] = 2.0
    learner.told(corrected)
    assert Counted.points <= 5_000 + 160


class Counted:
    """Tells nothing, and counts over all copies of itself."""

    points = 0

    def update(self, at: datetime, value: float) -> Judgement:
        Counted.points += 1
        return Judgement(value, None, 0.0, is_anomaly=False)


def test_of_many_series_those_that_were_asked_for_last_are_kept() -> None:
    values, start = with_fault(3, FAULTS[1])
    learned = Learned(most=2)
    known = np.array(values[: start + 5])
    first = [learned.told(name, SeasonalBaseline, START, known) for name in ("a", "b", "c", "a")]
    assert first[0]
    assert all(each == first[0] for each in first)


def test_the_default_and_the_others_are_offered_with_their_configuration() -> None:
    every = offered()
    assert list(every)[:3] == [DEFAULT, "windowed_gaussian", "half_space_trees"]
    assert every[DEFAULT].configuration["tolerance"] == 5.5
    assert all(each.description for each in every.values())
    with pytest.raises(UsageError, match="There are seasonal_baseline"):
        detector("oracle")


def test_a_detector_whose_library_is_not_there_says_how_to_get_it() -> None:
    without = Offered("dreams", lambda: SeasonalBaseline, needs=("no_such_library", "river"))
    assert without.trouble
    with pytest.raises(UsageError, match=r"pip install 'rtlakehouse\[river\]'"):
        _ = without.make


def test_a_package_may_offer_detectors_and_takes_no_name_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offers = (
        f"[rtlakehouse.detectors]\nconstant = of_others:Constant\nbroken = of_others:Nothing\n{DEFAULT} = of_others:Constant\n"
    )
    info = tmp_path / "of_others-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: of-others\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(offers)
    (tmp_path / "of_others.py").write_text('class Constant:\n    """Expects what was last."""\n')
    monkeypatch.syspath_prepend(tmp_path)
    assert any(each.name == "of-others" for each in distributions())
    every = offered()
    assert every[DEFAULT].package == "rtlakehouse"
    assert (every["constant"].package, every["constant"].description) == ("of-others", "Expects what was last.")
    assert detector("constant").make().__class__.__name__ == "Constant"
    assert "update or remove that package" in (every["broken"].trouble or "")
    with pytest.raises(UsageError, match="broken cannot be used"):
        _ = every["broken"].make
