"""What being watched costs: throughput with `/metrics` read every second, and with every post traced, beside that with neither.

Requests, commits and events are always counted; there is nothing to switch off. What that costs a request is told beside.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
from prometheus_client import CollectorRegistry, Counter, Histogram

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale
from rtlakehouse.benchmarks.http_to_gold import post
from rtlakehouse.benchmarks.lakehouse import Lakehouse, parts_running, running
from rtlakehouse.benchmarks.receiver import command
from rtlakehouse.benchmarks.workload import batches_of, write_events
from rtlakehouse.errors import RtlError
from rtlakehouse.observability.otlp import require_extra
from rtlakehouse.stack.ports import free_port
from rtlakehouse.stack.supervisor import Part

__all__ = ["OVERHEAD"]

# One after the other, so often: what the machine does meanwhile meets all of them.
_ROUNDS = 3
_KEPT = 0.9
_EVERY_S = 1.0
_RATE = 5_000.0
# Events a post, and connections.
_SHAPES = {500: 8, 1: 256}
_COUNTED = 100_000
_SAID = {"metrics": "metrics read every second", "traces": "every post traced", "tenth": "one post in ten traced"}
_READY_S = 30.0


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    bodies = _bodies(folder, scale)
    ways: dict[str, Callable[[Path], AbstractContextManager[Lakehouse]]] = {
        "neither": running,
        "metrics": _scraped,
        "traces": partial(_traced, share=1),
        "tenth": partial(_traced, share=0.1),
    }
    found: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    for turn in range(_ROUNDS):
        for way, started in ways.items():
            with started(folder / f"{way}{turn}") as lakehouse:
                for size, connections in _SHAPES.items():
                    found[way, size].append(post(lakehouse, bodies[size], size, connections).in_gold)
    counting = Limit("counting a request, always", _counting_us(), "us")
    for way, said in _SAID.items():
        for size in _SHAPES:
            yield _figure(way, said, size, found, [counting] if way == "metrics" else [])


def _figure(way: str, said: str, size: int, found: Mapping[tuple[str, int], Sequence[float]], more: Sequence[Limit]) -> Figure:
    with_it, without = (statistics.median(found[which, size]) for which in (way, "neither"))
    posts = "an event a post" if size == 1 else f"batches of {size}"
    beside = [Limit("with it", with_it, "events/s"), Limit("with neither", without, "events/s"), *more]
    what = f"share of throughput that is left with {said}, {posts}"
    return Figure(f"overhead_{way}_{size}", what, with_it / without, "x", _KEPT, True, beside)


def _bodies(folder: Path, scale: Scale) -> dict[int, list[bytes]]:
    lines = folder / "events.jsonl"
    write_events(lines, scale.http_events + scale.single_posts, datetime.now(UTC), _RATE)
    batches = list(batches_of(lines, 500))[: scale.http_events // 500]
    return {500: batches, 1: list(batches_of(lines, 1))[scale.http_events :]}


@contextmanager
def _scraped(lake: Path) -> Iterator[Lakehouse]:
    """As Prometheus does it, five times as often."""
    ended = threading.Event()
    with running(lake) as lakehouse, ThreadPoolExecutor(1) as pool:
        scraping = pool.submit(_scrape, lakehouse, ended)
        try:
            yield lakehouse
        finally:
            ended.set()
        scraping.result()


def _scrape(lakehouse: Lakehouse, ended: threading.Event) -> None:
    while True:
        lakehouse.client.get("/metrics").raise_for_status()
        if ended.wait(_EVERY_S):
            return


@contextmanager
def _traced(lake: Path, share: float) -> Iterator[Lakehouse]:
    port = free_port("127.0.0.1", 0)
    address = f"http://127.0.0.1:{port}"
    with parts_running([Part("receiver", command(port))]):
        _wait_for(address)
        with running(lake, settings={"otlp_endpoint": address, "otlp_share": share}) as lakehouse:
            yield lakehouse
        if not int(httpx.get(address).text):
            raise RtlError("No traces came; nothing was measured.")


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        try:
            httpx.get(address)
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise RtlError("The receiver of traces does not start.")


def _counting_us() -> float:
    """What the API does for its figures at the end of each request."""
    registry = CollectorRegistry()
    requests = Counter("requests", "As in the API.", ["method", "route", "status"], registry=registry)
    seconds = Histogram("seconds", "As in the API.", ["route"], registry=registry)
    began = time.perf_counter()
    for _ in range(_COUNTED):
        requests.labels("POST", "post_events", "202").inc()
        seconds.labels("post_events").observe(0.01)
    return (time.perf_counter() - began) / _COUNTED * 1e6


OVERHEAD = Benchmark(
    "overhead", "throughput while metrics are read and posts are traced, beside neither", _measure, require_extra
)
