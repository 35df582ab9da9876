"""Stretches that went alike are found, however much lies between, and none that overlaps."""

from __future__ import annotations

import numpy as np
import pytest

from rtlakehouse.search.moments import Floats, alike

DAY, HOUR = 1_440, 60


def days(count: int, seed: int = 1) -> Floats:
    """Two figures of a shop with a daily rhythm; Poisson, by minute."""
    minutes = np.arange(count * DAY)
    rate = 20 * (1.2 + np.sin(2 * np.pi * minutes / DAY))
    return np.random.default_rng(seed).poisson(np.stack([rate, rate / 5], axis=1)).astype(np.float64)


def flooded(counts: Floats, start: int, times: float = 6) -> Floats:
    """An hour that begins as always, and half-way through has so many times as much."""
    counts[start + HOUR // 2 : start + HOUR, 0] *= times
    return counts


def test_the_same_again_comes_first() -> None:
    counts = days(5)
    counts[2_000 : 2_000 + HOUR] = counts[-HOUR:]
    first, second = alike(counts, HOUR, 2)
    assert first.end == 2_000 + HOUR
    assert first.difference == pytest.approx(0)
    assert second.difference > 0


def test_an_outburst_finds_the_outbursts_before_it_and_not_the_usual() -> None:
    counts = flooded(flooded(flooded(days(6), 2 * DAY - HOUR), 4 * DAY - HOUR), 6 * DAY - HOUR)
    found = alike(counts, HOUR, 3)
    assert sorted(each.end for each in found[:2]) == [2 * DAY, 4 * DAY]
    assert found[2].difference > 1.5 * found[1].difference


def test_no_two_overlap_and_none_the_one_that_is_asked_about() -> None:
    counts = days(3)
    ends = sorted(each.end for each in alike(counts, HOUR, 50))
    assert len(ends) > 20
    assert ends[-1] <= len(counts) - HOUR
    assert min(np.diff(ends)) >= HOUR


@pytest.mark.parametrize("rows", [HOUR, 2 * HOUR - 1])
def test_where_there_is_only_the_stretch_itself_nothing_is_like_it(rows: int) -> None:
    assert alike(np.zeros((rows, 2)), HOUR, 3) == []


def test_of_nothing_but_nothing_all_is_the_same() -> None:
    assert {each.difference for each in alike(np.zeros((5 * HOUR, 1)), HOUR, 3)} == {0}
