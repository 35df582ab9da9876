"""Faults put into the figures of a simulated shop, and how well a detector tells them: precision, recall, delay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from rtlakehouse.ml import Detector
from rtlakehouse.ml.series import MINUTE, Floats, judged

__all__ = ["FAULTS", "SHIFT", "Fault", "Told", "told_of", "with_fault", "with_shift"]

_START = datetime(2026, 11, 2)  # noqa: DTZ001 - naive UTC, as detectors have it
_DAY = 24 * 60
_DAYS = 14
_FAULT_AT = 10 * _DAY
_RATE = 200.0
# What comes this long after the start of a fault is still about it, and so long after its end, which is a change too.
_TOLD_WITHIN, _ENDS_WITHIN = 120, 60


@dataclass(frozen=True)
class Fault:
    """One way in which a figure goes wrong. minutes: how long. change: factor of what was to come, by minutes since its start."""

    name: str
    minutes: int
    change: Callable[[Floats], Floats]


# A shop that loses a third of its events, is flooded, slides down by half in four hours, or is off.
FAULTS = (
    Fault("drop by a third", 180, lambda since: np.full(len(since), 0.67)),
    Fault("spike to double", 30, lambda since: np.full(len(since), 2.0)),
    Fault("drift to half in four hours", 240, lambda since: 1 - 0.5 * since / 240),
    Fault("outage", 30, lambda since: np.zeros(len(since))),
)
# The largest of four countries loses half of its events to the others: the whole stays as it is.
SHIFT = Fault("mix shift", 180, lambda since: np.full(len(since), 0.5))
_SHARES = np.array([0.5, 0.25, 0.15, 0.1])


@dataclass(frozen=True)
class Told:
    """Of all runs. precision: share of what was told that was about a fault; None where nothing was told. recall: share of faults
    that were told. delay: minutes until they were, median; None where none was."""

    precision: float | None
    recall: float
    delay: float | None


def with_fault(seed: int, fault: Fault | None) -> tuple[list[float], int]:
    """Events a minute of two weeks with a daily rhythm, and the minute from which on they are as the fault has it."""
    random, rate, start = _shop(seed)
    if fault is not None:
        rate[start : start + fault.minutes] *= fault.change(np.arange(fault.minutes, dtype=float))
    return random.poisson(rate).astype(float).tolist(), start


def with_shift(seed: int) -> tuple[list[list[float]], int]:
    """The same of four countries, whose shares are others for a while."""
    random, rate, start = _shop(seed)
    rates = rate * _SHARES[:, None]
    changed = slice(start, start + SHIFT.minutes)
    lost = rates[0, changed] * (1 - SHIFT.change(np.arange(SHIFT.minutes, dtype=float)))
    rates[0, changed] -= lost
    rates[1:, changed] += lost * (_SHARES[1:] / _SHARES[1:].sum())[:, None]
    return random.poisson(rates).astype(float).tolist(), start


def told_of(make: Callable[[], Detector], fault: Fault, runs: int) -> Told:
    """So many shops with that fault, each with another seed."""
    delays, about, other = [], 0, 0
    for seed in range(runs):
        series, start = with_shift(seed) if fault is SHIFT else _alone(with_fault(seed, fault))
        told = sorted(_told(make, series))
        until = start + max(_TOLD_WITHIN, fault.minutes)
        delays += [minute - start for minute in told if start <= minute < until][:1]
        inside = sum(start <= minute < max(until, start + fault.minutes + _ENDS_WITHIN) for minute in told)
        about, other = about + inside, other + len(told) - inside
    precision = about / (about + other) if about + other else None
    return Told(precision, len(delays) / runs, float(np.median(delays)) if delays else None)


def _alone(found: tuple[list[float], int]) -> tuple[list[list[float]], int]:
    return [found[0]], found[1]


def _told(make: Callable[[], Detector], series: Sequence[list[float]]) -> Iterator[int]:
    for values in series:
        yield from (
            (each.at - _START) // MINUTE for each in judged(make(), _START, np.array(values)) if each.judgement.is_anomaly
        )


def _shop(seed: int) -> tuple[np.random.Generator, Floats, int]:
    random = np.random.default_rng(seed)
    minutes = np.arange(_DAYS * _DAY)
    rate = _RATE * (1 + 0.5 * np.sin(2 * np.pi * (minutes - 8 * 60) / _DAY))
    return random, rate, _FAULT_AT + int(random.integers(3 * _DAY))
