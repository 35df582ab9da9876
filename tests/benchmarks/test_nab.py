"""The score of the Numenta Anomaly Benchmark, by cases that its definition decides, and the labelled series."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rtlakehouse.benchmarks.nab import PROFILE, Labelled, labelled, scored
from rtlakehouse.benchmarks.nab.published import published

START = datetime(2026, 1, 1)  # noqa: DTZ001 - as the series have it
SERIES = Labelled("s", [START + timedelta(minutes=at) for at in range(1_000)], [0.0] * 1_000, ((400, 499), (700, 799)))


def test_every_window_at_its_start_and_nothing_else_is_100_and_silence_0() -> None:
    best = scored([(SERIES, [400, 700])])
    assert best.score == pytest.approx(100)
    assert (best.detected, best.missed, best.false_alarms) == (2, 0, 0)
    assert scored([(SERIES, [])]).score == 0


def test_the_later_in_a_window_the_less_and_only_the_first_counts() -> None:
    scores = [scored([(SERIES, [at, 700])]).score for at in (400, 440, 480, 499)]
    assert scores == sorted(scores, reverse=True)
    assert 50 < scores[-1] < scores[0]
    assert scored([(SERIES, [440, 441, 480, 700])]) == scored([(SERIES, [440, 700])])


def test_a_false_alarm_costs_the_more_the_longer_after_a_window_and_all_before_the_first() -> None:
    def cost(at: int) -> float:
        return (scored([(SERIES, [400, 700])]).score - scored([(SERIES, sorted([400, 700, at]))]).score) * 4 / 100

    assert cost(300) == pytest.approx(PROFILE.false_alarm)
    assert cost(510) < cost(600) < cost(699) < PROFILE.false_alarm
    assert cost(549) == pytest.approx(PROFILE.false_alarm * -(2 / (1 + math.exp(5 * 50 / 99)) - 1))
    dear = replace(PROFILE, false_alarm=1.0)
    assert scored([(SERIES, [300, 400, 700])], dear).score < scored([(SERIES, [300, 400, 700])]).score


def test_what_is_told_while_learning_does_not_count() -> None:
    assert scored([(SERIES, [10, 149, 400, 700])]) == scored([(SERIES, [400, 700])])
    early = replace(SERIES, windows=((10, 100), (400, 499)))
    assert scored([(early, [400])]).detected == 1
    assert scored([(early, [400])]).missed == 0


def test_the_labelled_series_are_there_with_their_windows() -> None:
    every = list(labelled())
    assert len(every) == 16
    assert sum(len(series.values) for series in every) == 168_241
    for series in every:
        assert series.times == sorted(series.times)
        assert all(0 <= first < last < len(series.times) for first, last in series.windows)
    assert sum(len(series.windows) for series in every) == 47


def test_published_results_are_scored_by_their_own_thresholds_on_the_same_series(tmp_path: Path) -> None:
    every = list(labelled())
    thresholds = {name: {"standard": {"threshold": 0.9, "score": 0}} for name in ("perfect", "silent", "partial")}
    (tmp_path / "config").mkdir()
    (tmp_path / "config/thresholds.json").write_text(json.dumps(thresholds))
    for detector in ("perfect", "silent", "partial"):
        for series in every[:1] if detector == "partial" else every:
            part, name = series.name.split("/")
            file = tmp_path / "results" / detector / part / f"{detector}_{name}"
            file.parent.mkdir(parents=True, exist_ok=True)
            starts = {first for first, _ in series.windows} if detector == "perfect" else set()
            lines = [f"{at},0,{0.95 if at in starts else 0.85}" for at in range(len(series.values))]
            file.write_text("\n".join(["timestamp,value,anomaly_score", *lines]))
    found = published(tmp_path)
    assert list(found) == ["perfect", "silent"]
    assert found["perfect"].score == pytest.approx(100)
    assert found["silent"].score == 0
    (tmp_path / "results/silent" / f"{every[0].name.split('/')[0]}" / f"silent_{every[0].name.split('/')[1]}").write_text(
        "timestamp,value,anomaly_score\n0,0,0\n"
    )
    with pytest.raises(ValueError, match="has 1 points"):
        published(tmp_path)
