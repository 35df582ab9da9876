"""From sending an event to reading the figure that counts it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale, percentile
from rtlakehouse.benchmarks.lakehouse import Lakehouse, running
from rtlakehouse.errors import RtlError

__all__ = ["LATENCY"]

# How often events are sent: at 300 events/s these are 3 events, each waiting for nothing.
_TICK_S = 0.01
_PATIENCE_S = 30.0
_WARM_UP_S = 3.0


class _Watch:
    """Follows the live figures: when how many events were counted."""

    def __init__(self, client: httpx.Client) -> None:
        self.seen: list[tuple[float, int]] = []
        self.closed = threading.Event()
        self._client = client
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.thread.start()

    @property
    def counted(self) -> int:
        return self.seen[-1][1] if self.seen else 0

    def _follow(self) -> None:
        with self._client.stream("GET", "/api/v1/live/kpis", timeout=_PATIENCE_S) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    windows = msgspec.json.decode(line[5:])["windows"]
                    self.seen.append((time.perf_counter(), sum(window["events"] for window in windows)))
                if self.closed.is_set():
                    return


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    for rate in (300, 5_000):
        with running(folder / f"lake-{rate}") as lakehouse:
            watch = _Watch(lakehouse.client)
            _send(lakehouse, 0, rate, _WARM_UP_S, watch)
            first = watch.counted
            sent = _send(lakehouse, first, rate, scale.latency_s, watch)
            watch.closed.set()
        delays = _delays(sent, watch.seen)
        what = f"from sending an event to reading it in a figure, at {rate:,} events/s"
        beside = [Limit("longest", max(delays) * 1000, "ms"), Limit("sent on time", _achieved(sent), "events/s")]
        yield Figure(f"latency_{rate}_p50", f"{what}, p50", percentile(delays, 50) * 1000, "ms", 250, beside=beside)
        yield Figure(f"latency_{rate}_p99", f"{what}, p99", percentile(delays, 99) * 1000, "ms", 700)


def _send(lakehouse: Lakehouse, first: int, rate: int, seconds: float, watch: _Watch) -> list[tuple[float, int]]:
    """Send at this rate; when each post was begun, and how many events there were with it. Returns once all are counted."""
    sent: list[tuple[float, int]] = []
    total = first
    started = time.perf_counter()
    while (now := time.perf_counter()) < started + seconds:
        due = first + int((now - started) * rate)
        if due > total:
            body = b"\n".join(_event(number) for number in range(total, due))
            sent.append((now, due))
            answer = lakehouse.client.post("/api/v1/events", content=body, headers={"Content-Type": "application/x-ndjson"})
            answer.raise_for_status()
            total = due
        time.sleep(max(0.0, _TICK_S - (time.perf_counter() - now)))
    _wait(watch, total)
    return sent


def _event(number: int) -> bytes:
    ts = datetime.now(UTC).isoformat()
    return (
        b'{"event_id":"e%d","event_type":"page_view","user_id":"u%d","product_id":"p%d","price":9.5,"quantity":1,'
        b'"currency":"EUR","ts":"%b","session_id":"s%d","country":"DE","device":"mobile"}'
    ) % (number, number % 5_000, number % 997, ts.encode(), number % 5_000)


def _wait(watch: _Watch, total: int) -> None:
    deadline = time.perf_counter() + _PATIENCE_S
    while watch.counted < total:
        if time.perf_counter() > deadline:
            raise RtlError(f"Of {total:,} events only {watch.counted:,} were counted after {_PATIENCE_S:g} s.")
        time.sleep(_TICK_S)


def _delays(sent: list[tuple[float, int]], seen: list[tuple[float, int]]) -> list[float]:
    """For each post, how long after it began the figures counted its last event."""
    delays = []
    readings = iter(seen)
    at, counted = next(readings)
    for began, total in sent:
        while counted < total:
            at, counted = next(readings)
        delays.append(at - began)
    return delays


def _achieved(sent: list[tuple[float, int]]) -> float:
    return (sent[-1][1] - sent[0][1]) / (sent[-1][0] - sent[0][0])


LATENCY = Benchmark("latency", "send events at a steady rate and watch the live figures", _measure)
