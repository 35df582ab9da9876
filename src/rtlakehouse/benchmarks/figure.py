"""A measured figure, and what a benchmark is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["FULL", "QUICK", "Benchmark", "Figure", "Limit", "Scale", "percentile"]


@dataclass(frozen=True)
class Limit:
    """What the machine, or the obvious alternative, reached in the same run, in the figure's unit unless it names its own."""

    what: str
    value: float
    unit: str


@dataclass(frozen=True)
class Figure:
    """One figure. target: what it should reach, `at_least` or at most; None where it is only told."""

    name: str
    what: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False
    beside: Sequence[Limit] = ()

    @property
    def is_reached(self) -> bool | None:
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


@dataclass(frozen=True)
class Scale:
    """How large a run is. The figures that docs/benchmarks.md gives are those of `FULL`."""

    file_events: int
    http_events: int
    single_posts: int
    kafka_events: int
    spark_events: int
    latency_s: float
    lake_events: int
    queries: int
    triggers: int


@dataclass(frozen=True)
class Benchmark:
    """measure: yields its figures; gets an empty directory of its own and the scale. check: raises what it lacks."""

    name: str
    what: str
    measure: Callable[[Path, Scale], Iterable[Figure]]
    check: Callable[[], None] = lambda: None


FULL = Scale(
    file_events=2_000_000,
    http_events=1_000_000,
    single_posts=20_000,
    kafka_events=1_000_000,
    spark_events=1_000_000,
    latency_s=60,
    lake_events=10_000_000,
    queries=1_000,
    triggers=10_000,
)
QUICK = Scale(
    file_events=300_000,
    http_events=100_000,
    single_posts=4_000,
    kafka_events=200_000,
    spark_events=200_000,
    latency_s=10,
    lake_events=1_000_000,
    queries=200,
    triggers=1_000,
)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values do not exceed (the lower one of two)."""
    return float(np.percentile(np.asarray(values), percent, method="inverted_cdf"))
