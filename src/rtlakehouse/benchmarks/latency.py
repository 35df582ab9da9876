"""From sending an event to reading the figure that counts it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale, percentile
from rtlakehouse.benchmarks.lakehouse import Lakehouse, running
from rtlakehouse.benchmarks.topic import sink
from rtlakehouse.errors import RtlError

__all__ = ["LATENCY", "Aim", "Timed", "delays_through_kafka", "latency_figures", "poster", "timed"]

# How often events are sent: at 300 events/s these are 3 events, each waiting for nothing.
_TICK_S = 0.01
# A Spark engine takes its time for the first event.
_PATIENCE_S = 120.0
_WARM_UP_S = 3.0

Send = Callable[[Sequence[bytes]], None]


@dataclass(frozen=True)
class Aim:
    """What the middle and the tail of the delays should stay below."""

    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Timed:
    """delays: seconds, for each time something was sent. rate: events a second that were really sent."""

    delays: list[float]
    rate: float


_AIM = Aim(p50_ms=250, p99_ms=700)


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
        try:
            with self._client.stream("GET", "/api/v1/live/kpis", timeout=_PATIENCE_S) as stream:
                for line in stream.iter_lines():
                    if line.startswith("data:"):
                        windows = msgspec.json.decode(line[5:])["windows"]
                        self.seen.append((time.perf_counter(), sum(window["events"] for window in windows)))
                    if self.closed.is_set():
                        return
        except httpx.TransportError:
            # Once nobody watches any more, the lakehouse and the client may go at any moment.
            if not self.closed.is_set():
                raise


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    for rate in (300, 5_000):
        with running(folder / f"lake-{rate}") as lakehouse:
            found = timed(lakehouse, poster(lakehouse), rate, scale.latency_s)
        yield from latency_figures(f"latency_{rate}", "HTTP", "embedded", rate, found, _AIM)


def poster(lakehouse: Lakehouse) -> Send:
    """Sends events as one post each time."""

    def post(events: Sequence[bytes]) -> None:
        headers = {"Content-Type": "application/x-ndjson"}
        lakehouse.client.post("/api/v1/events", content=b"\n".join(events), headers=headers).raise_for_status()

    return post


def delays_through_kafka(
    lake: Path,
    address: str,
    topic: str,
    rate: int,
    seconds: float,
    *,
    engine: str = "embedded",
    settings: Mapping[str, object] | None = None,
) -> Timed:
    """Produce to a topic of its own at this rate, and watch the figures of a lakehouse that reads it."""
    with sink(address, topic) as opened:
        opened.send([_event(0)])
        with running(lake, engine=engine, kafka=(address, topic), settings=settings) as lakehouse:
            return timed(lakehouse, opened.send, rate, seconds, first=1)


def latency_figures(name: str, source: str, engine: str, rate: int, timed: Timed, aim: Aim) -> Iterator[Figure]:
    """Middle and tail of the delays, beside the longest one and the rate that was really sent."""
    what = f"{source}, {engine}: from sending an event to reading it in a figure, at {rate:,} events/s"
    beside = [Limit("longest", max(timed.delays) * 1000, "ms"), Limit("sent on time", timed.rate, "events/s")]
    yield Figure(f"{name}_p50", f"{what}, p50", percentile(timed.delays, 50) * 1000, "ms", aim.p50_ms, beside=beside)
    yield Figure(f"{name}_p99", f"{what}, p99", percentile(timed.delays, 99) * 1000, "ms", aim.p99_ms)


def timed(lakehouse: Lakehouse, send: Send, rate: int, seconds: float, first: int = 0) -> Timed:
    """Send at this rate after a warm-up, and watch the live figures. first: how many events the lakehouse counts before."""
    watch = _Watch(lakehouse.client)
    try:
        _wait(watch, first)
        _send(send, first, rate, _WARM_UP_S, watch)
        sent = _send(send, watch.counted, rate, seconds, watch)
    finally:
        watch.closed.set()
    return Timed(_delays(sent, watch.seen), _achieved(sent))


def _send(send: Send, first: int, rate: int, seconds: float, watch: _Watch) -> list[tuple[float, int]]:
    """Send at this rate; when each sending was begun, and how many events there were with it. Returns once all are counted."""
    sent: list[tuple[float, int]] = []
    total = first
    started = time.perf_counter()
    while (now := time.perf_counter()) < started + seconds:
        due = first + int((now - started) * rate)
        if due > total:
            sent.append((now, due))
            send([_event(number) for number in range(total, due)])
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
    """For each time something was sent, how long after that began the figures counted the last event of it."""
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
