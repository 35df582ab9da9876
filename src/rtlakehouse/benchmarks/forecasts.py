"""How well forecasts tell what a real shop then sold: made anew at many moments of its year, from what was known by then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale
from rtlakehouse.benchmarks.file_to_gold import replay
from rtlakehouse.benchmarks.held_out import HeldOut, held_out
from rtlakehouse.benchmarks.retail import MAPPING, RETAIL, require_retail
from rtlakehouse.catalog import Catalog
from rtlakehouse.clock import SystemClock
from rtlakehouse.figures import Span, figures
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.ml.forecasting import PLANS, SeasonalNaive, Step, TooShort, WorkedOut, worked_out
from rtlakehouse.ml.forecasting.forecaster import Floats
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.question import STEP, Filter, Question, step_of
from rtlakehouse.semantic.statement import compile_question
from rtlakehouse.storage.lake import Lake

__all__ = ["FORECASTS", "Judged", "judged"]

# The year that the data set is of.
_START, _END = datetime(2010, 12, 1), datetime(2011, 12, 10)  # noqa: DTZ001 - naive UTC, as in the statements
_CASES: tuple[tuple[str, Step, timedelta], ...] = (
    ("gross", "1h", timedelta(days=3)),
    ("orders", "1h", timedelta(days=3)),
    ("gross", "1d", timedelta(days=3)),
    ("orders", "1d", timedelta(days=3)),
)
# Forecasts begin once so much of the year is known.
_KNOWN = timedelta(weeks=20)
_LEVEL = 0.8
# The models were chosen by people who had seen the year: what was best up to here is judged by what came from here on.
_SPLIT = datetime(2011, 8, 1)  # noqa: DTZ001 - naive UTC, as in the statements


@dataclass
class Judged:
    """What came of forecasts made one after the other, beside the naive ones. Errors are absolute; scale: as of a backtest."""

    error: list[float] = field(default_factory=list)
    naive: dict[int, list[float]] = field(default_factory=dict)
    scale: list[float] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)
    fell_back: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, known: Floats, then: Floats, step: Step) -> None:
        """Forecast from what was known, and compare with what came then."""
        began = time.process_time()
        made = worked_out(known[-PLANS[step].learned :], PLANS[step], len(then), _LEVEL)
        self.seconds.append(time.process_time() - began)
        if isinstance(made, TooShort):
            return
        self._compare(made, then)
        for season in PLANS[step].seasons:
            own = SeasonalNaive(season).forecast(known, [len(known)], len(then))[0]
            self.naive.setdefault(season, []).append(float(np.abs(then - own).mean()))

    def _compare(self, made: WorkedOut, then: Floats) -> None:
        self.error.append(float(np.abs(then - made.expected).mean()))
        self.scale.append(made.backtest.scale)
        self.inside.append(float(((made.low <= then) & (then <= made.high)).mean()))
        self.fell_back += not made.backtest.is_better_than_naive


def judged(series: Floats, step: Step, first: int, apart: int) -> Judged:
    """Forecasts of a series' figures from place `first` on, so many steps apart."""
    found, horizon = Judged(), PLANS[step].horizon
    for at in range(first, len(series) - horizon + 1, apart):
        found.add(series[:at], series[at : at + horizon], step)
    return found


def _measure(folder: Path, _: Scale) -> Iterator[Figure]:
    replay(RETAIL, folder / "lake", MAPPING)
    catalog = Catalog(Lake.open(folder / "lake"), SystemClock(), poll=timedelta(seconds=1), memory_mb=256, gold_mb=64)
    with closing(catalog):
        for metric, step, apart in _CASES:
            length = step_of(step) or timedelta()
            series = _series(catalog, metric, step)
            yield from _figures(judged(series, step, _KNOWN // length, apart // length), metric, step)
            held = held_out(series, step, _KNOWN // length, (_SPLIT - _START) // length, apart // length)
            yield _held_out_figure(held, metric, step)


def _series(catalog: Catalog, metric: str, step: Step) -> Floats:
    """A metric of the whole year, a figure a step."""
    question = Question((metric,), filters=(Filter("currency", "eq", ("GBP",)),), grain=step)
    statement = compile_question(question, load())
    rows = figures(catalog.latest, question, statement, Span(DEFAULT_TENANT, _START, _END), 100_000)
    length = step_of(step) or timedelta()
    series = np.zeros((_END - _START) // length)
    for at, value in zip(rows[STEP].to_pylist(), rows[metric].to_pylist(), strict=True):
        series[(at - _START) // length] = float(value)
    return series


def _figures(found: Judged, metric: str, step: Step) -> Iterator[Figure]:
    scale, count = np.mean(found.scale), len(found.error)
    naive = [
        Limit(f"repeating the last {season} steps", float(np.mean(errors) / scale), "MASE")
        for season, errors in found.naive.items()
    ]
    name, what = f"forecasts_{metric}_{step}", f"{metric}, {PLANS[step].horizon} steps of {step} ahead, {count} forecasts"
    beside = [*naive, Limit("forecasts that said they are the naive one", found.fell_back, f"of {count}")]
    yield Figure(
        name, f"{what}: error", float(np.mean(found.error) / scale), "MASE", min(each.value for each in naive), beside=beside
    )
    yield Figure(f"{name}_coverage", f"{what}: within the range for {_LEVEL:.0%}", 100 * float(np.mean(found.inside)), "%")
    yield Figure(f"{name}_ms", f"{what}: processor time of one", 1000 * float(np.mean(found.seconds)), "ms")


def _held_out_figure(held: HeldOut, metric: str, step: Step) -> Figure:
    what = f"{metric}, {step}: the model that was best until {_SPLIT:%B}, {held.chosen}, from then on at {held.count} points"
    beside = (
        Limit("the model that a backtest chose each time", held.shipped, "MASE"),
        Limit(f"the best in hindsight, {held.best}", held.hindsight, "MASE"),
    )
    return Figure(f"forecasts_{metric}_{step}_held_out", what, held.error, "MASE", held.naive, beside=beside)


FORECASTS = Benchmark("forecasts", "forecasts of what a real shop sold, beside naive ones", _measure, require_retail)
