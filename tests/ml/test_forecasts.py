"""Forecasts: what repeats itself is told, nothing of later points is used, ranges hold, and no better than naive is said so."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest

from rtlakehouse.benchmarks.forecasts import judged
from rtlakehouse.ml.forecasting import (
    PLANS,
    Forecaster,
    SeasonalMean,
    SeasonalNaive,
    Smoothing,
    Step,
    TooShort,
    WorkedOut,
    worked_out,
)
from rtlakehouse.ml.forecasting.forecaster import Floats

MODELS: list[Forecaster] = [SeasonalNaive(24), SeasonalNaive(1), SeasonalMean(24, 4), Smoothing(24), Smoothing(1)]
HOURLY = PLANS["1h"]


def shop(seed: int, hours: int, *, noise: float = 8.0) -> Floats:
    """A figure an hour with the rhythm of a day and of a week."""
    at = np.arange(hours)
    rhythm = 60 + 30 * np.sin(2 * np.pi * at / 24) + np.where(at // 24 % 7 == 5, -25, 0)
    found: Floats = rhythm + np.random.default_rng(seed).normal(0, noise, hours)
    return found


def made(known: Floats, step: Step = "1h", horizon: int = 24, level: float = 0.8) -> WorkedOut:
    found = worked_out(known, PLANS[step], horizon, level)
    assert isinstance(found, WorkedOut)
    return found


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.name} {model.season}")
def test_what_comes_later_changes_no_forecast(model: Forecaster, chance: random.Random) -> None:
    values = shop(chance.randrange(99), 400)
    origins = sorted(chance.sample(range(model.needs, 380), 5))
    together = model.forecast(values, origins, 30)
    for origin, row in zip(origins, together, strict=True):
        (alone,) = model.forecast(values[:origin], [origin], 30)
        assert row == pytest.approx(alone, abs=1e-9)


@pytest.mark.parametrize("model", [model for model in MODELS if model.season > 1], ids=lambda model: model.name)
def test_what_repeats_itself_exactly_is_told_exactly(model: Forecaster) -> None:
    values = np.tile(np.arange(24.0) ** 2, 12)
    (found,) = model.forecast(values, [10 * 24 + 7], 36)
    assert found == pytest.approx(values[10 * 24 + 7 : 10 * 24 + 43])


def test_a_rhythm_in_noise_is_learned_better_than_by_repeating_it() -> None:
    found = judged(shop(4, 24 * 7 * 14), "1h", 24 * 7 * 10, 24 * 3)
    assert np.mean(found.error) < 0.85 * min(np.mean(errors) for errors in found.naive.values())
    assert found.fell_back == 0
    assert 0.7 < np.mean(found.inside) < 0.92


def test_a_walk_without_rhythm_is_said_to_be_no_better_than_naive() -> None:
    walk = np.cumsum(np.random.default_rng(3).normal(0, 1, 360))
    found = made(walk, "1m", 15)
    assert not found.backtest.is_better_than_naive
    assert found.backtest.chosen.model.is_naive
    assert found.expected.tolist() == [walk[-1]] * 15


def test_the_best_model_is_first_and_none_that_was_tried_is_missing() -> None:
    tested = made(shop(5, HOURLY.learned)).backtest
    errors = [score.mae for score in tested.scores]
    assert errors == sorted(errors)
    assert len(tested.scores) == len(list(HOURLY.models()))
    assert tested.chosen is tested.scores[0]
    assert tested.chosen.mase == pytest.approx(tested.chosen.mae / tested.scale)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_ranges_hold_about_the_share_they_are_for(level: float) -> None:
    inside: list[bool] = []
    learned = 24 * 7 * 5
    series = shop(6, learned + 24 * 30)
    for at in range(learned, len(series) - 24, 60):
        found = made(series[at - learned : at], level=level)
        then = series[at : at + 24]
        inside += ((found.low <= then) & (then <= found.high)).tolist()
    assert abs(np.mean(inside) - level) < 0.1


def test_a_wider_range_lies_around_a_narrower_one(chance: random.Random) -> None:
    known = shop(chance.randrange(99), 24 * 30)
    narrow, wide = made(known, level=0.6), made(known, level=0.95)
    assert (wide.low <= narrow.low).all()
    assert (narrow.low <= narrow.expected).all()
    assert (narrow.expected <= narrow.high).all()
    assert (narrow.high <= wide.high).all()


def test_what_has_no_value_is_not_judged_by_and_leaves_no_gap() -> None:
    known = shop(7, 24 * 40, noise=0.0)
    known[:100] = np.nan
    known[5::11] = np.nan
    found = made(known)
    assert np.isfinite(found.expected).all()
    assert np.isfinite(found.low).all()
    assert found.known == 24 * 40 - 100
    assert np.isnan(found.backtest.scores[0].errors).any()


@pytest.mark.parametrize("step", PLANS)
def test_too_little_is_said_and_just_enough_is_enough(step: Step) -> None:
    plan = PLANS[step]
    needed = plan.needs(plan.horizon)
    short = worked_out(np.arange(needed - 1.0), plan, plan.horizon, 0.8)
    assert short == TooShort(needed - 1, needed)
    assert len(made(np.arange(float(needed)), step, plan.horizon).expected) == plan.horizon
    assert worked_out(np.full(5, np.nan), plan, plan.horizon, 0.8) == TooShort(0, needed)


@pytest.mark.parametrize("step", PLANS)
def test_a_constant_goes_on_and_needs_no_scale(step: Step) -> None:
    plan = PLANS[step]
    found = made(np.full(plan.learned, 7.0), step, plan.most)
    assert found.expected.tolist() == found.low.tolist() == found.high.tolist() == [7.0] * plan.most
    assert found.backtest.chosen.mase is None
    assert found.backtest.chosen.model.is_naive


@pytest.mark.parametrize("known", [2_352, 400, 75])
def test_origins_leave_room_before_and_after_them(known: int) -> None:
    origins = HOURLY.origins(known, 24)
    assert origins[-1] == known - 24
    assert origins[0] >= 48
    assert len(origins) >= 4
    assert list(origins) == sorted(set(origins))
    assert timedelta(hours=origins[1] - origins[0]) <= timedelta(days=1)
