"""Posting over HTTP until the ledger accounts for everything: in batches, and an event a post."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale
from rtlakehouse.benchmarks.lakehouse import Lakehouse, running
from rtlakehouse.benchmarks.poster import post_all
from rtlakehouse.benchmarks.workload import batches_of, write_events

__all__ = ["HTTP_TO_GOLD", "Posted", "post"]

_BATCH = 500
_BATCH_CONNECTIONS = 8
_SINGLE_CONNECTIONS = 256
_PATIENCE_S = 120.0
_RATE = 5_000.0


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    lines = folder / "events.jsonl"
    events = scale.http_events + scale.single_posts
    write_events(lines, events, datetime.now(UTC), _RATE)
    batches = list(batches_of(lines, _BATCH))[: scale.http_events // _BATCH]
    singles = list(batches_of(lines, 1))[scale.http_events :]
    yield from _posted(folder / "batches", batches, _BATCH, _BATCH_CONNECTIONS, 50_000)
    yield from _posted(folder / "singles", singles, 1, _SINGLE_CONNECTIONS, 2_000)


def _posted(lake: Path, bodies: Sequence[bytes], size: int, connections: int, target: float) -> Iterator[Figure]:
    with running(lake) as lakehouse:
        found = post(lakehouse, bodies, size, connections)
    beside = [Limit("acknowledged, not yet in gold", found.stored, "events/s"), Limit("posts told to wait", found.full, "posts")]
    what = "HTTP to gold, an event a post" if size == 1 else f"HTTP to gold, batches of {size}"
    yield Figure(f"http_to_gold_{size}", what, found.in_gold, "events/s", target, True, beside)


@dataclass(frozen=True)
class Posted:
    """Events a second until they were acknowledged, and until they were in gold; and how often a post was told to wait."""

    stored: float
    in_gold: float
    full: int


def post(lakehouse: Lakehouse, bodies: Sequence[bytes], size: int, connections: int) -> Posted:
    """Post these bodies of `size` events each; the first of them warms up, and is not measured."""
    before = lakehouse.received()
    post_all(lakehouse.port, lakehouse.key, [bodies[0]], 1)
    lakehouse.wait_for(before + size, _PATIENCE_S)
    started = time.perf_counter()
    full = post_all(lakehouse.port, lakehouse.key, bodies[1:], connections)
    stored = time.perf_counter() - started
    lakehouse.wait_for(before + size * len(bodies), _PATIENCE_S)
    seconds = time.perf_counter() - started
    events = size * (len(bodies) - 1)
    return Posted(events / stored, events / seconds, full)


HTTP_TO_GOLD = Benchmark("http", "post events in batches and one by one", _measure)
