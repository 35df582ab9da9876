"""How well the detector of anomalies tells what people labelled, and faults put into the figures of a simulated shop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale
from rtlakehouse.benchmarks.nab import Labelled, Score, labelled, scored
from rtlakehouse.ml import Detector, SeasonalBaseline, WindowedGaussian

__all__ = ["ANOMALIES", "FAULTS", "Fault", "with_fault"]

Maker = Callable[[], Detector]

_START = datetime(2026, 11, 2)  # noqa: DTZ001 - naive UTC, as detectors have it
_MINUTE = timedelta(minutes=1)
_DAY = 24 * 60
_DAYS = 14
_FAULT_AT = 10 * _DAY
_REPEATS = 40
# What comes this long after the start of a fault is still about it.
_TOLD_WITHIN = 120
_RATE = 200.0


@dataclass(frozen=True)
class Fault:
    """One way in which a figure goes wrong. minutes: how long. change: factor of what was to come, by minutes since its start."""

    name: str
    minutes: int
    change: Callable[[np.ndarray], np.ndarray]


# A shop that loses a third of its events, is flooded, slides down by half in four hours, or is off.
FAULTS = (
    Fault("drop by a third", 180, lambda since: np.full(len(since), 0.67)),
    Fault("spike to double", 30, lambda since: np.full(len(since), 2.0)),
    Fault("drift to half in four hours", 240, lambda since: 1 - 0.5 * since / 240),
    Fault("outage", 30, lambda since: np.zeros(len(since))),
)


def with_fault(seed: int, fault: Fault | None) -> tuple[list[float], int]:
    """Events a minute of two weeks with a daily rhythm, and the minute from which on they are as the fault has it."""
    random = np.random.default_rng(seed)
    minutes = np.arange(_DAYS * _DAY)
    rate = _RATE * (1 + 0.5 * np.sin(2 * np.pi * (minutes - 8 * 60) / _DAY))
    start = _FAULT_AT + int(random.integers(3 * _DAY))
    if fault is not None:
        rate[start : start + fault.minutes] *= fault.change(np.arange(fault.minutes))
    return random.poisson(rate).astype(float).tolist(), start


def _told(make: Maker, times: list[datetime], values: list[float]) -> list[int]:
    detector = make()
    return [at for at, (when, value) in enumerate(zip(times, values, strict=True)) if detector.update(when, value).is_anomaly]


def _on_labels(make: Maker, every: list[Labelled]) -> Score:
    return scored((series, _told(make, series.times, series.values)) for series in every)


def _labels() -> Iterator[Figure]:
    every = list(labelled())
    began = time.perf_counter()
    ours = _on_labels(SeasonalBaseline, every)
    seconds = time.perf_counter() - began
    plain = _on_labels(partial(WindowedGaussian, quiet_points=1), every)
    quiet = _on_labels(WindowedGaussian, every)
    beside = (
        Limit("windowed Gaussian, told as rarely", quiet.score, "of 100"),
        Limit("windowed Gaussian, each point told", plain.score, "of 100"),
    )
    yield Figure("anomalies_nab", "labelled anomalies: score of NAB, standard profile", ours.score, "of 100", beside=beside)
    yield Figure("anomalies_nab_found", "labelled anomalies that were told", ours.detected, f"of {ours.detected + ours.missed}")
    yield Figure("anomalies_nab_false", "points told that nobody had labelled", ours.false_alarms, "points")
    points = sum(len(series.values) for series in every)
    yield Figure("anomalies_point", "judging one point", seconds / points * 1e6, "us")


def _faults() -> Iterator[Figure]:
    times = [_START + _MINUTE * minute for minute in range(_DAYS * _DAY)]
    for fault in FAULTS:
        delays, wrong = [], 0
        for seed in range(_REPEATS):
            values, start = with_fault(seed, fault)
            told = _told(SeasonalBaseline, times, values)
            hits = [minute - start for minute in told if 0 <= minute - start < max(fault.minutes, _TOLD_WITHIN)]
            wrong += sum(minute < start for minute in told)
            delays += hits[:1]
        found = len(delays) / _REPEATS
        middle = Limit("minutes until it was told, median", float(np.median(delays)) if delays else float("nan"), "min")
        before = Limit("told before there was a fault, a week", wrong / (_REPEATS * _FAULT_AT / (7 * _DAY)), "times")
        name = f"anomalies_{fault.name.split()[0]}"
        yield Figure(name, f"faults that were told: {fault.name}", 100 * found, "%", beside=(middle, before))


def _measure(_: Path, scale: Scale) -> Iterator[Figure]:
    yield from _labels()
    yield from _faults()


ANOMALIES = Benchmark(
    "anomalies", "anomalies that are told, of those that people labelled and of faults made on purpose", _measure
)
