"""The held-out check of forecasts: the last part chooses nothing."""

from __future__ import annotations

import numpy as np

from rtlakehouse.benchmarks.held_out import held_out

DAYS = 300
SPLIT = 200
WEEK = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 0.0, 0.0])


def test_what_is_good_in_the_first_part_is_chosen_whatever_comes_in_the_last() -> None:
    chance = np.random.default_rng(4)
    weekly = 10 * WEEK[np.arange(DAYS) % 7]
    noisy = weekly + chance.normal(0, 4, DAYS)
    broken = noisy.copy()
    broken[SPLIT:] = np.repeat(chance.uniform(0, 100, DAYS // 5), 5)[: DAYS - SPLIT]
    steady, shaken = (held_out(series, "1d", 100, SPLIT, 3) for series in (noisy, broken))
    assert steady.chosen == shaken.chosen
    assert steady.error < steady.naive
    assert shaken.error > 3 * steady.error
    assert shaken.hindsight <= shaken.error
    assert steady.count == len(range(SPLIT, DAYS - 14 + 1, 3))
