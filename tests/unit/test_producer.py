"""Sending at a pace, and to a server that is away, full, or gone in the middle of an answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rtlakehouse.clock import ManualClock
from rtlakehouse.errors import SourceError
from rtlakehouse.simulate.dirt import Dirt, Records
from rtlakehouse.simulate.model import ShopModel, Shoppers
from rtlakehouse.simulate.producer import Pace, produce
from rtlakehouse.simulate.sinks import HttpSink, MemorySink
from rtlakehouse.stack.ports import free_port

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
CLEAN = Dirt(malformed=0, duplicates=0, late=0, out_of_order=0)


class BatchesSink(MemorySink):
    """Also keeps how the records came, and takes its time over each batch."""

    def __init__(self, clock: ManualClock, takes: timedelta = timedelta()) -> None:
        super().__init__()
        self.batches: list[tuple[float, Sequence[bytes]]] = []
        self._clock = clock
        self._takes = takes

    def send(self, records: Sequence[bytes]) -> None:
        super().send(records)
        self.batches.append((self._clock.monotonic(), records))
        self._clock.advance(self._takes)

    def between(self, start_s: float, end_s: float) -> int:
        """How many records came in this time."""
        return sum(len(records) for at, records in self.batches if start_s <= at < end_s)


def _produced(pace: Pace, takes: timedelta = timedelta(), stop_after: int | None = None) -> tuple[BatchesSink, ManualClock]:
    clock = ManualClock(START)
    sink = BatchesSink(clock, takes)
    records = Records(Shoppers(ShopModel(), 7, visitors=10), CLEAN, 7)
    produce(records, sink, pace, clock, lambda: stop_after is not None and len(sink.records) >= stop_after, lambda sent: None)
    return sink, clock


def _instants(sink: MemorySink) -> list[datetime]:
    found = [json.loads(raw)["ts"] for raw in sink.records]
    return [
        datetime.fromisoformat(ts) if isinstance(ts, str) else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ts)
        for ts in found
    ]


@pytest.mark.parametrize("rate", [1, 7.5, 200, 5_000])
def test_a_rate_is_kept_from_second_to_second(rate: float) -> None:
    sink, clock = _produced(Pace(rate, duration_s=10))
    assert clock.now() - START == pytest.approx(timedelta(seconds=10), abs=timedelta(milliseconds=101))
    assert len(sink.records) == pytest.approx(rate * 10, abs=1 + rate * 0.11)
    for second in range(10):
        assert sink.between(second, second + 1) == pytest.approx(rate, abs=1 + rate * 0.11)


def test_it_ends_at_the_number_of_records_asked_for() -> None:
    assert len(_produced(Pace(1_000, events=777))[0].records) == 777


def test_it_ends_when_it_is_told_to_stop() -> None:
    sink, _ = _produced(Pace(100), stop_after=250)
    assert 250 <= len(sink.records) <= 260


def test_no_batch_is_larger_than_asked() -> None:
    sink, _ = _produced(Pace(10_000, events=5_000, batch=64))
    assert max(len(records) for _, records in sink.batches) == 64


def test_a_burst_is_as_much_faster_as_asked_for_five_seconds() -> None:
    sink, _ = _produced(Pace(100, duration_s=40, burst_every_s=20, burst_factor=4))
    per_five_seconds = [sink.between(start, start + 5) for start in range(0, 40, 5)]
    for count, factor in zip(per_five_seconds, [4, 1, 1, 1, 4, 1, 1, 1], strict=True):
        assert count == pytest.approx(500 * factor, rel=0.1)


def test_the_rhythm_of_the_day_follows_the_time_of_day() -> None:
    counts = []
    for hour in (3, 19):
        start = datetime(2026, 11, 24, hour, 30, tzinfo=UTC)
        counts.append(len(_produced(Pace(100, duration_s=60, start=start, daily_rhythm=True, unpaced=True))[0].records))
    assert counts[0] < 2_000 < 8_000 < counts[1]


def test_unpaced_takes_no_time_and_the_events_are_spread_over_it_all_the_same() -> None:
    sink, clock = _produced(Pace(100, duration_s=60, unpaced=True, start=START))
    assert clock.now() == START
    instants = _instants(sink)
    assert instants == sorted(instants)
    assert instants[0] == START
    assert timedelta(seconds=59.8) < instants[-1] - START < timedelta(seconds=60.2)


def test_behind_a_slow_receiver_events_keep_the_time_they_are_sent_at() -> None:
    """It takes a second for what comes in a tenth of one: nothing is dated back, and nothing is sent in a rush afterwards."""
    sink, _ = _produced(Pace(100, events=200), takes=timedelta(seconds=1))
    instants = iter(_instants(sink))
    for at, records in sink.batches:
        for instant in (next(instants) for _ in records):
            assert abs(instant - (START + timedelta(seconds=at))) <= timedelta(seconds=0.2)
    assert {len(records) for _, records in sink.batches} == {10}


Answer = tuple[int, dict[str, str]]
TAKEN: Answer = (202, {})
LOST: Answer = (0, {})


class Server(ThreadingHTTPServer):
    """Answers posts as it was told to, one after the other, and keeps what they held. LOST: it hangs up instead."""

    def __init__(self, answers: Sequence[Answer], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answers = iter(answers)
        self.bodies: list[bytes] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        status, headers = next(self.server.answers)
        self.close_connection = True
        if not status:
            return
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers that give these answers."""
    started: list[tuple[Server, threading.Thread]] = []

    def start(*answers: Answer, port: int = 0) -> Server:
        server = Server(answers, port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        started.append((server, thread))
        return server

    yield start
    for server, thread in started:
        server.shutdown()
        thread.join()
        server.server_close()


def _send(address: str, clock: ManualClock, stopped: Callable[[], bool] = lambda: False) -> HttpSink:
    with closing(HttpSink(address, clock, stopped)) as sink:
        sink.send([b"1", b"2", b"3"])
    return sink


def test_a_batch_is_one_post_of_lines(serve: Callable[..., Server]) -> None:
    server = serve(TAKEN)
    assert _send(server.address, ManualClock(START)).resent == 0
    assert server.bodies == [b"1\n2\n3"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_full_server_is_asked_again_after_the_time_it_says(status: int, serve: Callable[..., Server]) -> None:
    server, clock = serve((status, {"Retry-After": "7"}), (status, {"Retry-After": "30"}), TAKEN), ManualClock(START)
    sink = _send(server.address, clock)
    assert clock.monotonic() == pytest.approx(37, abs=0.01)
    assert sink.resent == 0
    assert server.bodies == [b"1\n2\n3"] * 3


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "Wed, 25 Nov 2026 12:00:00 GMT"}], ids=["nothing", "a date"])
def test_a_full_server_that_says_no_seconds_is_asked_ever_less_often(
    headers: dict[str, str], serve: Callable[..., Server]
) -> None:
    clock = ManualClock(START)
    _send(serve(*[(503, headers)] * 7, TAKEN).address, clock)
    assert clock.monotonic() == pytest.approx(0.2 + 0.4 + 0.8 + 1.6 + 3.2 + 5 + 5, abs=0.01)


def test_a_server_that_hangs_up_is_sent_the_batch_again_which_is_counted(serve: Callable[..., Server]) -> None:
    server = serve(LOST, LOST, TAKEN)
    assert _send(server.address, ManualClock(START)).resent == 6
    assert server.bodies == [b"1\n2\n3"] * 3


class _StartsServer(ManualClock):
    """Somebody starts the server while the sink waits."""

    def __init__(self, start: Callable[[], Server]) -> None:
        super().__init__(START)
        self._start_server: Callable[[], Server] | None = start

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self._start_server and self.monotonic() > 60:
            self._start_server()
            self._start_server = None


def test_a_server_that_is_away_is_waited_for(serve: Callable[..., Server]) -> None:
    port = free_port("127.0.0.1", 0)
    assert _send(f"http://127.0.0.1:{port}", _StartsServer(lambda: serve(TAKEN, port=port))).resent == 0


def test_whoever_waits_for_a_server_can_be_stopped(serve: Callable[..., Server]) -> None:
    clock = ManualClock(START)
    with pytest.raises(SourceError, match=r"the last 3 records may not be stored"):
        _send(serve((503, {"Retry-After": "3600"})).address, clock, lambda: clock.monotonic() > 5)
    assert clock.monotonic() < 6


def test_what_the_server_will_never_take_ends_it(serve: Callable[..., Server]) -> None:
    with pytest.raises(SourceError, match="answered 413"):
        _send(serve((413, {})).address, ManualClock(START))
