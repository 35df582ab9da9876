"""The live feed: the present state at once and after each batch, for many clients, whatever one of them does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.types import Message

from api.conftest import SiteMaker
from api.serving import Site, site_on, until
from api.sockets import connected, listening
from api.test_every_read import is_problem
from rtlakehouse.api.live.feed import Client
from rtlakehouse.api.live.feed import Message as State

URL = "/api/v1/live/kpis"
# A little ago: commits bear the system's time, so a clock ahead of it would find each of them late.
NOW = (datetime.now(UTC) - timedelta(minutes=1)).replace(second=40, microsecond=0)


@pytest.fixture
def hurried(tmp_path: Any) -> Iterator[Site]:
    """An API on an empty lake that holds two live clients, and has little patience."""
    with site_on(tmp_path / "lake", NOW, sse_clients=2, sse_heartbeat_s=0.02, sse_send_timeout_s=0.5) as found:
        yield found


@pytest.fixture
def address(hurried: Site) -> Iterator[str]:
    with listening(hurried) as found:
        yield found


def view(i: int) -> bytes:
    at = round((NOW - timedelta(seconds=20)).timestamp() * 1000)
    return (
        f'{{"event_id":"v{i}","event_type":"purchase","user_id":"u{i}","product_id":"p","price":2.5,"quantity":1,'
        f'"currency":"EUR","ts":{at}}}'
    ).encode()


def batch(site: Site, i: int) -> None:
    """One more event, and a record that is none, from the post to gold."""
    site.post(view(i), b"broken")
    site.refine()


def test_a_client_is_told_the_present_at_once_and_after_every_batch(hurried: Site, address: str) -> None:
    batch(hurried, 0)
    with connected(address) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert stream.response.headers["cache-control"] == "no-store"
        assert stream.response.headers["x-accel-buffering"] == "no"
        assert stream.block() == {"retry": "1000"}
        ids = []
        for count in (1, 2, 3):
            told = stream.next()
            ids.append(told.id)
            assert told.document["ledger"]["received"] == 2 * count
            assert told.document["ledger"]["quarantined"] == count
            assert told.document["windows"][0]["events"] == count
            assert told.document["revenue"][0]["gross"] == f"{2.5 * count:.4f}"
            assert told.document["behind_ms"] == 0
            batch(hurried, count)
        assert len(set(ids)) == 3


def test_what_is_told_is_what_is_answered(hurried: Site, address: str) -> None:
    batch(hurried, 0)
    with connected(address) as stream:
        told = stream.next().document
    window = hurried.get("/kpis/latest")["window"]
    assert {name: told["windows"][0][name] for name in window} == window
    products = hurried.get("/kpis/products/top")["data"]
    assert [{name: product[name] for name in told["products"][0]} for product in products] == told["products"]
    versions = dict(pair.split("=") for pair in told["versions"].split(","))
    assert {name: str(hurried.parts.catalog.latest.versions[name]) for name in versions} == versions


def test_an_empty_lake_is_told_as_one(hurried: Site, address: str) -> None:
    with connected(address) as stream:
        told = stream.next().document
    assert told["windows"] == told["revenue"] == told["products"] == []
    assert told["ledger"]["received"] == 0


def test_a_client_that_comes_while_nothing_happens_is_told_at_once(hurried: Site, address: str) -> None:
    """Also when others were there before, and minutes have passed since the last batch."""
    batch(hurried, 0)
    for _ in range(3):
        with connected(address) as stream:
            assert stream.next().document["windows"][0]["events"] == 1
        until(lambda: hurried.parts.feed.clients == 0, "the client has left")
        hurried.clock.advance(timedelta(minutes=1))


def test_who_resumes_is_told_only_what_is_new(hurried: Site, address: str) -> None:
    batch(hurried, 0)
    with connected(address) as stream:
        first = stream.next().id
    with connected(address, first) as stream:
        assert stream.is_told_nothing()
        batch(hurried, 1)
        second = stream.next()
        assert second.document["windows"][0]["events"] == 2
    batch(hurried, 2)
    with connected(address, second.id) as stream:
        assert stream.next().document["windows"][0]["events"] == 3
    with connected(address, "something else") as stream:
        assert stream.next().document["windows"][0]["events"] == 3


def test_a_minute_that_ends_is_told_without_a_batch(hurried: Site, address: str) -> None:
    batch(hurried, 0)
    with connected(address) as stream:
        assert stream.next().document["windows"][0]["state"] == "open"
        hurried.clock.advance(timedelta(seconds=60))
        assert stream.next().document["windows"][0]["state"] == "final"


def test_an_engine_that_stops_or_starts_is_told(hurried: Site, address: str) -> None:
    with connected(address) as stream:
        assert stream.next().document["engine_running"] is False
        with hurried.lake.lock("engine", NOW):
            assert stream.next().document["engine_running"] is True
        assert stream.next().document["engine_running"] is False


def test_an_engine_that_does_not_keep_up_is_told_without_a_batch(hurried: Site, address: str) -> None:
    batch(hurried, 0)
    with connected(address) as stream:
        assert stream.next().document["behind_ms"] == 0
        hurried.post(view(1))
        hurried.clock.advance(timedelta(hours=2))
        assert stream.next().document["behind_ms"] > 1_000_000
        hurried.refine()
        told = stream.next().document
        assert (told["behind_ms"], told["windows"][0]["events"]) == (0, 2)


def test_without_news_comments_keep_the_line_open(address: str) -> None:
    with connected(address) as stream:
        stream.next()
        assert [stream.block() for _ in range(3)] == [{"": "still here"}] * 3


def test_one_client_too_many_is_a_503_until_another_leaves(hurried: Site, address: str) -> None:
    with connected(address), connected(address) as second:
        with connected(address) as third:
            third.response.read()
            found = is_problem(third.response, 503)
            assert "2 clients" in found["detail"]
            assert int(third.response.headers["retry-after"]) > 0
        second.response.close()
        until(lambda: hurried.parts.feed.clients == 1, "the client that closed its connection has left")
        with connected(address) as third:
            third.next()
    until(lambda: hurried.parts.feed.clients == 0, "all have left")


class Deaf:
    """A connection whose client stops reading: nothing that is sent after `taken` messages gets through until it is let."""

    def __init__(self, taken: int) -> None:
        self.sent: list[Message] = []
        self.stuck = asyncio.Event()
        self.reads = asyncio.Event()
        self._taken = taken

    async def send(self, message: Message) -> None:
        if len(self.sent) >= self._taken:
            self.stuck.set()
            await self.reads.wait()
        self.sent.append(message)

    async def receive(self) -> Message:
        await asyncio.Event().wait()
        raise AssertionError("it never says anything")


SCOPE = {"type": "http", "http_version": "1.1", "method": "GET", "path": URL, "raw_path": URL.encode(), "query_string": b""}
SCOPE |= {"headers": [], "client": ("127.0.0.1", 1), "server": ("rtl.test", 80), "scheme": "http", "root_path": ""}


def test_a_client_that_never_reads_is_dropped_and_holds_nobody_up(hurried: Site, address: str) -> None:
    async def never_reads() -> list[Message]:
        deaf = Deaf(taken=2)
        await hurried.app(dict(SCOPE), deaf.receive, deaf.send)
        return deaf.sent

    dropped = asyncio.run_coroutine_threadsafe(never_reads(), hurried.client.loop)
    until(lambda: hurried.parts.feed.clients == 1, "it is connected")
    with connected(address) as stream:
        for i in range(3):
            batch(hurried, i)
            while stream.next().document["ledger"]["received"] < 2 * (i + 1):
                pass
        assert len(dropped.result(10)) == 2
        until(lambda: hurried.parts.feed.clients == 1, "only the other one is left")


def test_a_slow_client_skips_to_the_newest_and_keeps_one_state_at_most() -> None:
    async def slow() -> list[State | None]:
        client = Client(asyncio.get_running_loop(), "default")
        for i in range(1_000):
            client.offer(State(f"{i}", b"%d" % i))
        return [await client.next(1), await client.next(0)]

    assert asyncio.run(slow()) == [State("999", b"999"), None]


def test_no_other_tenant_shows(on_copy: SiteMaker) -> None:
    with on_copy() as site, listening(site) as at, connected(at) as stream:
        told = stream.next()
        text = str(told)
        assert not [theirs for theirs in ("acme", "spy", "secret", "XXX", "foreign") if theirs in text]
        assert told.document["ledger"]["received"] == site.get("/ledger/balance")["received"]
        assert told.document["windows"][0] | site.get("/kpis/latest")["window"] == told.document["windows"][0]
        assert told.document["revenue"]


def test_a_stream_has_no_head(hurried: Site) -> None:
    answer = hurried.client.request("HEAD", URL)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
