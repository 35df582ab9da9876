"""Sending at a pace: so many events a second by the clock, in batches, with bursts and the rhythm of a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rtlakehouse.clock import Clock
from rtlakehouse.simulate.dirt import Records
from rtlakehouse.simulate.model import rhythm
from rtlakehouse.simulate.sinks import Sink

__all__ = ["Pace", "produce"]

_DAY_S = 86_400
# How often a paced producer sends: small enough for fresh figures, large enough to be cheap.
_TICK_S = 0.1


@dataclass(frozen=True)
class Pace:
    """How fast, how long, in what pieces.

    rate: events a second of the simulated clock. unpaced: as fast as it goes, the simulated clock running ahead. start: where the
    simulated clock starts; None follows the real one. burst_every_s, burst_factor: that often the rate is multiplied for 5 s.
    """

    rate: float
    events: int | None = None
    duration_s: float | None = None
    batch: int = 500
    unpaced: bool = False
    start: datetime | None = None
    daily_rhythm: bool = False
    burst_every_s: float = 0.0
    burst_factor: float = 5.0

    def factor(self, elapsed_s: float, second_of_day: float) -> float:
        """How much faster than `rate` it goes at a moment."""
        factor = rhythm(second_of_day) if self.daily_rhythm else 1.0
        in_burst = self.burst_every_s > 0 and elapsed_s % self.burst_every_s < _BURST_S
        return factor * (self.burst_factor if in_burst else 1.0)


_BURST_S = 5.0


def produce(
    records: Records, sink: Sink, pace: Pace, clock: Clock, stopped: Callable[[], bool], shown: Callable[[int], None]
) -> None:
    """Send until `stopped`, the number of events or the duration is reached. `shown` hears the number sent so far."""
    begin = pace.start or clock.now()
    begin_ms = round(begin.timestamp() * 1000)
    started = clock.monotonic()
    sent, simulated_s, owed = 0, 0.0, 0.0
    while not stopped() and (pace.events is None or sent < pace.events):
        if pace.duration_s is not None and simulated_s >= pace.duration_s:
            break
        owed += pace.rate * pace.factor(simulated_s, (begin.timestamp() + simulated_s) % _DAY_S) * _TICK_S
        due = int(owed) if pace.events is None else min(int(owed), pace.events - sent)
        owed -= int(owed)
        for first in range(0, due, pace.batch):
            count = min(pace.batch, due - first)
            sink.send([records.next(_time(begin_ms, simulated_s, (first + i) / due)) for i in range(count)])
        sent += due
        shown(sent)
        simulated_s += _TICK_S
        if not pace.unpaced:
            ahead = simulated_s - (clock.monotonic() - started)
            if ahead > 0:
                clock.sleep(ahead)
            elif pace.start is None:
                # The receiver is slower than the pace: time that was lost stays lost, events keep the time they are sent at.
                simulated_s -= ahead
    records.report.resent = sink.resent


def _time(begin_ms: int, simulated_s: float, share_of_tick: float) -> int:
    return begin_ms + int((simulated_s + share_of_tick * _TICK_S) * 1000)
