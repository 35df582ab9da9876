"""Clients that send or read nothing, on real sockets: they are let go at their deadline, and others are served meanwhile."""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from api.conftest import NOW
from api.serving import DEADLINE_S, Site, site_on, until
from api.sockets import HOST, connected, listening
from api.test_gateway import spoken
from rtlakehouse.api.connections import connections
from rtlakehouse.control import Role
from rtlakehouse.settings import Settings

HURRIED = {"receive_timeout_s": 0.2, "send_timeout_s": 0.2, "sse_send_timeout_s": 0.2, "sse_heartbeat_s": 0.02}
SMALL_BYTES = 16 << 10
ORDER_BYTES = 1 << 20
# More than all that is kept of an answer on its way.
LARGE = b'{"x":"' + b"y" * 8_000_000 + b'"}'
ROWS = "/api/v1/tables/bronze.events/rows"
ASKED = ["/query", "/query/validate", "/metrics-catalog/query", "/lineage/what-if", "/assistant/ask"]
ORDERED = ["/jobs", "/keys", "/pipeline/pause", "/quarantine/repair", "/queries"]


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An API that works on one read at a time, has little patience, and holds a record of eight megabytes."""
    with site_on(tmp_path_factory.mktemp("slow") / "lake", NOW, reads_at_once=1, **HURRIED) as site:
        assert site.client.post("/api/v1/events", content=LARGE).status_code == 202
        site.refine()
        yield site


@pytest.fixture(scope="module")
def address(hurried: Site) -> Iterator[str]:
    with listening(hurried, unsent_bytes=SMALL_BYTES) as found:
        yield found


@contextmanager
def opened(address: str, said: bytes) -> Iterator[socket.socket]:
    """A connection on which this is said, whose client keeps little of what it has not read."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BYTES)
        client.settimeout(DEADLINE_S)
        client.connect((HOST, urlsplit(address).port))
        client.sendall(said)
        yield client


def asking(path: str, key: dict[str, str] | None = None) -> bytes:
    headers = "".join(f"{name}: {value}\r\n" for name, value in (key or {}).items())
    return f"GET {path} HTTP/1.1\r\nHost: rtl.test\r\n{headers}\r\n".encode()


def is_cut(client: socket.socket) -> bool:
    """Whether the server cuts the connection in time, though nothing is read from it."""
    poll = select.poll()
    # Errors and hang-ups are told unasked.
    poll.register(client, 0)
    return bool(poll.poll(DEADLINE_S * 1_000))


def is_ended(client: socket.socket) -> bool:
    """Whether the server ends the connection in time."""
    with contextlib.suppress(ConnectionResetError):
        while client.recv(1 << 16):
            pass
    return True


def is_served(address: str) -> bool:
    return httpx.get(f"{address}/api/v1/windows", trust_env=False, timeout=DEADLINE_S).status_code == 200


def head(path: str, length: str, key: dict[str, str] | None = None) -> bytes:
    lines = {"Host": "rtl.test", "Content-Type": "application/json", **(key or {})}
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST /api/v1{path} HTTP/1.1\r\n{told}{length}\r\n\r\n".encode()


@pytest.mark.parametrize("path", [*ASKED, *ORDERED])
def test_a_body_that_never_comes_is_a_408_and_others_are_served_meanwhile(hurried: Site, address: str, path: str) -> None:
    with opened(address, head(path, "Content-Length: 100", hurried.key()) + b"{") as client:
        assert is_served(address)
        answer = client.recv(1 << 16)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in answer.lower()
        assert is_ended(client)


def test_a_body_that_comes_drop_by_drop_has_one_deadline_for_all_of_it(hurried: Site, address: str) -> None:
    with opened(address, head("/jobs", "Transfer-Encoding: chunked", hurried.key())) as client:
        client.settimeout(0.02)
        answer = b""
        while not answer:
            client.sendall(b"1\r\n \r\n")
            with contextlib.suppress(TimeoutError):
                answer = client.recv(1 << 16)
    assert answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("path", [*ASKED, *ORDERED])
def test_a_body_that_is_no_question_but_a_load_is_refused_before_the_key_is_looked_at(address: str, path: str) -> None:
    declared = spoken(address, head(path, f"Content-Length: {ORDER_BYTES + 1}"))
    assert declared.startswith(b"HTTP/1.1 413 ")
    chunk = b"%x\r\n" % SMALL_BYTES + b" " * SMALL_BYTES + b"\r\n"
    sent = spoken(address, head(path, "Transfer-Encoding: chunked") + chunk * (ORDER_BYTES // SMALL_BYTES + 1))
    assert sent.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("said", [b"", b"GET /api/v1/windows HT", b"GET /api/v1/windows HTTP/1.1\r\nX-Slow: a"])
def test_who_sends_no_request_is_cut_off(address: str, said: bytes) -> None:
    with opened(address, said) as client:
        assert is_served(address)
        assert is_ended(client)


def test_a_connection_on_which_a_second_request_never_ends_is_cut_off(address: str) -> None:
    with opened(address, asking("/api/v1/health/live")) as client:
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
        client.sendall(b"G")
        assert is_ended(client)


def test_who_reads_nothing_of_a_large_answer_is_cut_off_and_others_are_served_meanwhile(address: str) -> None:
    """Also where the next question waits behind the answer that is not read."""
    with ExitStack() as deaf:
        clients = [deaf.enter_context(opened(address, asking(ROWS) * (1 + count % 2))) for count in range(6)]
        assert is_served(address)
        assert all(is_cut(client) for client in clients)
        assert is_served(address)


def test_who_reads_nothing_of_a_live_feed_is_cut_off_and_others_are_told_meanwhile(tmp_path: Any) -> None:
    with site_on(tmp_path / "lake", NOW, **HURRIED) as site, listening(site, unsent_bytes=SMALL_BYTES) as address:
        with opened(address, asking("/api/v1/live/events", site.key(Role.READER))) as deaf:
            until(lambda: site.parts.feed.clients == 1, "it is connected")
            with connected(address, path="/live/events") as stream:
                stream.block()
                site.post(*(b"broken %d " % i + b"x" * 900 for i in range(1_000)))
                site.refine()
                assert stream.event().kind == "quarantined"
                assert is_cut(deaf)
        until(lambda: site.parts.feed.clients == 0, "both have left")


def test_an_answer_that_is_read_slowly_is_sent_whole_and_one_that_is_not_read_is_not() -> None:
    loop, transport = Later(), Unread()
    make: Any = connections(Settings(send_timeout_s=5))
    line = make(config=Config(app=_never), server_state=ServerState(), app_state={}, _loop=loop)
    line.connection_made(transport)
    line.pause_writing()
    for left in (900, 899, 20):
        transport.unsent = left
        loop.pass_by()
        assert not transport.aborted
    line.resume_writing()
    transport.unsent = 5_000
    line.pause_writing()
    loop.pass_by()
    assert not transport.aborted
    loop.pass_by()
    assert transport.aborted


class Handle:
    """Of what is to come later, and will."""

    def cancel(self) -> None:
        """Nothing here is cancelled."""


class Later:
    """An event loop as far as a connection needs one: what is to come later comes when it is told to."""

    def __init__(self) -> None:
        self._due: list[tuple[float, Callable[..., None], tuple[Any, ...]]] = []

    def call_later(self, delay: float, callback: Callable[..., None], *given: Any) -> Handle:
        self._due.append((delay, callback, given))
        return Handle()

    def pass_by(self) -> None:
        """All that waits for five seconds comes; what waits longer does not."""
        due, self._due = [each for each in self._due if each[0] == 5], []
        for _, callback, given in due:
            callback(*given)


class Unread:
    """A transport of which so many bytes are unsent."""

    def __init__(self) -> None:
        self.unsent = 1_000
        self.aborted = False

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def get_extra_info(self, _: str) -> None:
        return None

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None:
        self.aborted = True


async def _never(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError("no request comes")
