"""How well the detector of anomalies tells what people labelled, and faults put into the figures of a simulated shop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from rtlakehouse.benchmarks.faults import FAULTS, SHIFT, Told, told_of
from rtlakehouse.benchmarks.figure import FULL, Benchmark, Figure, Limit, Scale
from rtlakehouse.benchmarks.nab import Labelled, Score, labelled, scored
from rtlakehouse.benchmarks.telling import told_minutes
from rtlakehouse.ml import Detector, HalfSpaceTrees, SeasonalBaseline, WindowedGaussian, offered

__all__ = ["ANOMALIES"]

Maker = Callable[[], Detector]

_REPEATS = 40
_SHOPS = (1, 12)


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
    beside = [
        Limit("windowed Gaussian, told as rarely", quiet.score, "of 100"),
        Limit("windowed Gaussian, each point told", plain.score, "of 100"),
    ]
    if _has_trees():
        beside.append(Limit("half-space trees", _on_labels(HalfSpaceTrees, every).score, "of 100"))
    yield Figure("anomalies_nab", "labelled anomalies: score of NAB, standard profile", ours.score, "of 100", beside=beside)
    yield Figure("anomalies_nab_found", "labelled anomalies that were told", ours.detected, f"of {ours.detected + ours.missed}")
    yield Figure("anomalies_nab_false", "points told that nobody had labelled", ours.false_alarms, "points")
    points = sum(len(series.values) for series in every)
    yield Figure("anomalies_point", "judging one point", seconds / points * 1e6, "us")


def _faults() -> Iterator[Figure]:
    for fault in (*FAULTS, SHIFT):
        name, what = f"anomalies_{fault.name.split()[0]}", fault.name
        yield from _told_figures(name, what, told_of(SeasonalBaseline, fault, _REPEATS))
        yield from _told_figures(f"{name}_gaussian", f"{what}, windowed Gaussian", told_of(WindowedGaussian, fault, _REPEATS))


def _told_figures(name: str, what: str, told: Told) -> Iterator[Figure]:
    beside = []
    if told.precision is not None:
        beside.append(Limit("precision", 100 * told.precision, "%"))
    if told.delay is not None:
        beside.append(Limit("minutes until it was told, median", told.delay, "min"))
    yield Figure(name, f"faults that were told: {what}", 100 * told.recall, "%", beside=beside)


def _has_trees() -> bool:
    return offered()["half_space_trees"].trouble is None


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    yield from _labels()
    for shops in _SHOPS if scale == FULL else _SHOPS[:1]:
        yield from told_minutes(folder / str(shops), shops)
    yield from _faults()


ANOMALIES = Benchmark(
    "anomalies", "anomalies that are told, of those that people labelled and of faults made on purpose", _measure
)
