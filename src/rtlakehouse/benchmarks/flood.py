"""Events at a steady rate before, while and after somebody reads ten times as often as an address, or a key, may."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale, percentile
from rtlakehouse.benchmarks.lakehouse import Lakehouse, running
from rtlakehouse.benchmarks.latency import Timed, poster, timed
from rtlakehouse.clock import SystemClock
from rtlakehouse.control import Keys, Role, Store
from rtlakehouse.errors import RtlError
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.settings import Settings

__all__ = ["FLOOD"]

_TIMES = 10
_EVENTS_PER_S = 5_000
# So many, at most, that a server that is slow to answer is asked on; each asks this often, or the server would close it.
_CONNECTIONS = 200
_ASKS_EVERY_S = 2.0
# Each from another minute, so that no answer is one that was given before.
_PATH = "/api/v1/kpis/revenue?from=2026-11-24T{hour:02}:{minute:02}:00Z"
_MINUTES_A_DAY = 1_440
_LOOK_S = 0.05
# Under a flood a post may take seconds, and a rate is one of several posts.
_LEAST_S = 6.0
_P99_MS = 700


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    lake = folder / "lake"
    with running(lake, settings={"read_limit": "true"}) as lakehouse:
        with closing(Store.open(Settings(lake=lake))) as store:
            key = Keys(store, SystemClock()).create(DEFAULT_TENANT, Role.READER, "rtl bench flood")[1]
        before = _phase(lakehouse, scale)
        with _flooded(lakehouse.port, None, Settings().reads_per_minute) as by_address:
            unknown = _phase(lakehouse, scale)
        with _flooded(lakehouse.port, key, Settings().key_reads_per_minute) as by_key:
            known = _phase(lakehouse, scale)
        after = _phase(lakehouse, scale)
    yield _figure("before", "before a flood of reads", before, [])
    yield _figure("unknown", "while an address without a key floods", unknown, by_address.told())
    yield _figure("known", "while a key floods", known, by_key.told())
    yield _figure("after", "after it", after, [])


def _phase(lakehouse: Lakehouse, scale: Scale) -> Timed:
    return timed(lakehouse, poster(lakehouse), _EVENTS_PER_S, max(_LEAST_S, scale.latency_s), first=lakehouse.received())


def _figure(name: str, when: str, found: Timed, beside: list[Limit]) -> Figure:
    what = f"from sending an event to reading it in a figure, at {_EVENTS_PER_S:,} events/s, {when}, p99"
    middle = Limit("p50", percentile(found.delays, 50) * 1000, "ms")
    rate = Limit("sent on time", found.rate, "events/s")
    return Figure(f"flood_{name}_p99", what, percentile(found.delays, 99) * 1000, "ms", _P99_MS, beside=[middle, rate, *beside])


class _Asked:
    """How many reads were answered with each status, in how many seconds; told when the flood is over."""

    def __init__(self) -> None:
        self.by: Counter[str] = Counter()
        self.seconds = 0.0

    def told(self) -> list[Limit]:
        return [Limit(f"reads answered {status}", count / self.seconds, "a second") for status, count in sorted(self.by.items())]


@contextmanager
def _flooded(port: int, key: str | None, per_minute: int) -> Iterator[_Asked]:
    """Another process reads at `_TIMES` this limit as long as the block lasts. Raises RtlError where it does not end."""
    asked = _Asked()
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_flood, args=(port, key, per_minute, theirs), daemon=True)
    process.start()
    try:
        yield asked
        ours.send("stop")
        if not ours.poll(30):
            raise RtlError("The flood of reads did not end.")
        asked.by, asked.seconds = ours.recv()
    finally:
        process.terminate()
        process.join()


def _flood(port: int, key: str | None, per_minute: int, told: Connection) -> None:
    a_second = per_minute / 60 * _TIMES
    connections = min(_CONNECTIONS, int(a_second * _ASKS_EVERY_S))
    by: Counter[str] = Counter()
    began = time.perf_counter()
    asyncio.run(_ask(port, f"X-API-Key: {key}\r\n" if key else "", told, connections, a_second, by))
    told.send((by, time.perf_counter() - began))


async def _ask(port: int, header: str, told: Connection, connections: int, a_second: float, by: Counter[str]) -> None:
    over = asyncio.Event()
    asking = [
        _ask_by_one(port, header, over, range(first, sys.maxsize, connections), a_second, by) for first in range(connections)
    ]

    async def end() -> None:
        while not told.poll():
            await asyncio.sleep(_LOOK_S)
        over.set()

    await asyncio.gather(end(), *asking)


async def _ask_by_one(port: int, header: str, over: asyncio.Event, numbers: range, a_second: float, by: Counter[str]) -> None:
    """Ask the questions of these numbers, each when its turn among all comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.perf_counter()
    for number in numbers:
        if await _is_over(over, began + number / a_second):
            break
        minute = number % _MINUTES_A_DAY
        path = _PATH.format(hour=minute // 60, minute=minute % 60)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        by[head[9:12].decode()] += 1
    writer.close()


async def _is_over(over: asyncio.Event, due: float) -> bool:
    """Wait until it is time to ask again; whether that is over before."""
    try:
        await asyncio.wait_for(over.wait(), max(0.0, due - time.perf_counter()))
    except TimeoutError:
        return over.is_set()
    return True


FLOOD = Benchmark("flood", "send events while the API is read ten times as often as it allows", _measure)
