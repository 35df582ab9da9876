"""The clients of the package on a real server: what is posted, asked, awaited and refused, and servers that go and come."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from api.conftest import NOW, SiteMaker
from api.serving import DEADLINE_S, Site, until
from api.sockets import HOST, listening
from rtlakehouse.client import AsyncClient, Client
from rtlakehouse.client.questions import Retries, posts_of
from rtlakehouse.control import Role
from rtlakehouse.errors import (
    ForbiddenError,
    NotFoundError,
    OverloadedError,
    RtlError,
    SourceError,
    UnauthenticatedError,
    UsageError,
)
from running import drain

PAGE = Path(__file__).parents[2] / "docs" / "client.md"


def event(number: int, **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"c{number}",
        "event_type": "purchase",
        "user_id": "u",
        "product_id": "p",
        "price": 2.5,
        "quantity": 1,
        "currency": "EUR",
        "ts": round(NOW.timestamp() * 1000),
        **more,
    }


@pytest.fixture
def served(on_copy: SiteMaker) -> Iterator[tuple[Site, Client]]:
    with on_copy() as site, listening(site) as address, Client(address, key=site.key_text(Role.INGEST), retry_s=0) as client:
        yield site, client


def test_posted_events_have_receipts_that_tell_their_fate(served: tuple[Site, Client]) -> None:
    site, client = served
    first, broken, again = client.post([event(1), '{"event_id": "broken"}', json.dumps(event(1)).encode()])
    assert client.receipt(first).fate == "pending"
    refining = threading.Thread(target=site.refine)
    refining.start()
    found = client.receipt(first, wait_ms=20_000)
    refining.join()
    assert (found.fate, found.event_id, found.window) == ("accepted", "c1", NOW.replace(second=0, microsecond=0))
    assert client.receipt(again).fate == "duplicate"
    assert "user_id" in " ".join(client.receipt(broken).reasons)


def test_many_events_go_in_several_posts_with_keys_of_their_own() -> None:
    posts = list(posts_of((event(i) for i in range(12_001)), "load"))
    assert [post["headers"]["Idempotency-Key"] for post in posts] == ["load-0", "load-1", "load-2"]


def test_the_figures_are_those_of_metrics_by_name_and_label(served: tuple[Site, Client]) -> None:
    site, client = served
    figures = client.figures()
    assert figures.one("rtl_ledger_difference") == 0
    assert figures.by("fate", "rtl_ledger_records")["received"] == site.lake.read("bronze.events").num_rows
    assert figures.one("rtl_part_status", part="api", status="ok") == 1
    assert figures.by("part", "rtl_part_memory_bytes")["api"] > 1 << 20
    assert figures.one("rtl_nothing") is None


def test_an_act_with_the_same_key_is_done_once(served: tuple[Site, Client]) -> None:
    site, _ = served
    secret = site.key()["Authorization"].removeprefix("Bearer ")
    with listening(site) as address, Client(address, key=secret, retry_s=0) as client:
        jobs = [client.act("/jobs", idempotency_key="mine", kind="verify").data["job"]["id"] for _ in range(2)]
    assert jobs[0] == jobs[1]


def test_the_same_events_with_the_same_key_are_stored_once(served: tuple[Site, Client]) -> None:
    site, client = served
    before = site.lake.read("bronze.events").num_rows
    events = [event(i) for i in range(3)]
    assert client.post(events, idempotency_key="mine") == client.post(events, idempotency_key="mine")
    assert site.lake.read("bronze.events").num_rows == before + 3
    with pytest.raises(UsageError, match=r"422 .*another post"):
        client.post([event(9)], idempotency_key="mine")


@pytest.mark.parametrize("wrong", ["", "  ", "{}\n{}", b"{\n}"])
def test_what_is_not_one_line_is_no_event(served: tuple[Site, Client], wrong: str | bytes) -> None:
    site, client = served
    before = site.lake.version("bronze.events")
    with pytest.raises(UsageError, match="one line"):
        client.post([wrong])
    assert site.lake.version("bronze.events") == before


def test_an_answer_is_asked_for_again_by_its_own_versions(served: tuple[Site, Client]) -> None:
    site, client = served
    before = client.get("/kpis/products/top")
    client.post([event(1)])
    site.refine()
    assert client.get("/kpis/products/top").data != before.data
    assert client.get("/kpis/products/top", as_of=before.as_of).data == before.data
    assert "gold.revenue_1m" in before.versions or before.versions
    assert before.freshness_ms is not None


def test_rows_and_queries_come_whole_over_all_pages_at_one_version(served: tuple[Site, Client]) -> None:
    site, client = served
    accepted = [row for row in site.lake.read("silver.events").to_pylist() if row["tenant_id"] == "default"]
    assert len(accepted) > 1_000
    found = client.query("select event_id, event_time from silver.events")
    assert sorted(found["event_id"].to_pylist()) == sorted(row["event_id"] for row in accepted)
    since = datetime(2026, 11, 24, 2, tzinfo=UTC)
    late = client.query("select count(*) as n from silver.events where event_time >= $since", {"since": since})
    assert late["n"].to_pylist() == [sum(row["event_time"].astimezone(UTC) >= since for row in accepted)]
    windows = client.rows("/windows", from_=NOW - timedelta(days=1), to=NOW, limit=7)
    assert windows.num_rows > 7
    assert windows["window_start"].to_pylist() == sorted(windows["window_start"].to_pylist(), reverse=True)


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda client: client.get("/events/nobody-knows-it"), NotFoundError, "404 .*request "),
        (lambda client: client.get("/kpis/series", colour="red"), UsageError, "422 .*colour"),
        (lambda client: client.get("kpis/latest"), UsageError, "no path"),
        (lambda client: client.get("/windows", from_=datetime(2026, 11, 24)), UsageError, "time zone"),  # noqa: DTZ001
        (lambda client: client.rows("/health"), UsageError, "."),
        (lambda client: client.query("drop table silver.events"), UsageError, "400 "),
    ],
)
def test_a_refusal_is_an_exception_that_says_the_fix(
    served: tuple[Site, Client], ask: Callable[[Client], Any], error: type[RtlError], words: str
) -> None:
    with pytest.raises(error, match=words):
        ask(served[1])


def test_who_may_not_post_is_told_so_by_the_error(served: tuple[Site, Client]) -> None:
    site, client = served
    address = str(client._http.base_url)
    with Client(address, retry_s=0) as nobody, pytest.raises(UnauthenticatedError, match="role ingest"):
        nobody.post([event(1)])
    with Client(address, key=site.key_text(Role.READER), retry_s=0) as reader, pytest.raises(ForbiddenError, match="role reader"):
        reader.post([event(1)])


def test_over_the_limit_the_client_waits_or_says_so(on_copy: SiteMaker) -> None:
    with on_copy(read_limit=True, reads_per_minute=1) as site, listening(site) as address, Client(address, retry_s=0) as client:
        client.get("/kpis/latest")
        with pytest.raises(OverloadedError, match="429") as refused:
            client.get("/kpis/latest")
    assert refused.value.retry_after_s > 0


def test_nobody_there_is_said_with_the_way_to_start_one() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
    with Client(f"http://{HOST}:{port}", retry_s=0) as client, pytest.raises(SourceError, match="rtl up"):
        client.get("/kpis/latest")


def test_a_server_that_starts_later_is_waited_for(on_copy: SiteMaker) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
    with on_copy() as site, Client(f"http://{HOST}:{port}", retry_s=DEADLINE_S) as client:
        asked: list[Any] = []
        asking = threading.Thread(target=lambda: asked.append(client.get("/kpis/latest").data))
        asking.start()
        with listening(site, port):
            asking.join()
        assert asked == [site.get("/kpis/latest")]


def test_a_post_whose_answer_was_lost_is_stored_once(on_copy: SiteMaker) -> None:
    with on_copy() as site, socket.create_server((HOST, 0)) as front:
        before = site.lake.read("bronze.events").num_rows
        address, key = f"http://{HOST}:{front.getsockname()[1]}", site.key_text(Role.INGEST)
        with forwarding(front, site, losing=2), Client(address, key=key, retry_s=DEADLINE_S) as client:
            assert len(client.post([event(i) for i in range(5)])) == 5
        assert site.lake.read("bronze.events").num_rows == before + 5


@contextmanager
def forwarding(front: socket.socket, site: Site, losing: int = 0) -> Iterator[None]:
    """What comes to `front` goes to the site's server; the answers of the first `losing` connections are lost on the way."""
    with listening(site) as address:
        thread = threading.Thread(target=_forward, args=(front, urlsplit(address), losing))
        thread.start()
        try:
            yield
        finally:
            front.shutdown(socket.SHUT_RDWR)
            thread.join()


def _forward(front: socket.socket, behind: Any, losing: int) -> None:
    while True:
        try:
            near, _ = front.accept()
        except OSError:
            return
        with near, socket.create_connection((behind.hostname, behind.port)) as far:
            inward = threading.Thread(target=_pump, args=(near, far))
            inward.start()
            if losing:
                losing -= 1
                far.recv(1 << 16)
                near.shutdown(socket.SHUT_RDWR)
            else:
                _pump(far, near)
            inward.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with closing(source.makefile("rb", buffering=0)) as stream:
        while data := stream.read(1 << 16):
            target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def test_the_feed_tells_each_state_once_over_a_lost_connection(on_copy: SiteMaker) -> None:
    with on_copy(sse_heartbeat_s=0.05) as site, listening(site) as address, Client(address, retry_s=DEADLINE_S) as client:
        feed = client.live()
        first = next(feed)
        site.post(json.dumps(event(1)).encode())
        drain(site.engine)
        second = next(feed)
        assert (first.kind, second.kind) == ("kpis", "kpis")
        assert first.id != second.id
        feed.close()
        resumed = client.live(last_id=first.id)
        assert next(resumed).id == second.id
        resumed.close()


def test_a_feed_that_is_full_is_waited_for_or_said(on_copy: SiteMaker) -> None:
    with on_copy(sse_clients=1, sse_heartbeat_s=0.05) as site, listening(site) as address, Client(address) as client:
        first = client.live()
        shown = next(first)
        with Client(address, retry_s=0) as hurried, pytest.raises(OverloadedError, match="503"):
            next(hurried.live())
        with ThreadPoolExecutor(1) as waiting:
            second = waiting.submit(next, client.live())
            first.close()
            assert second.result(DEADLINE_S).id == shown.id


def test_the_asynchronous_client_does_all_the_same(served: tuple[Site, Client]) -> None:
    site, client = served

    async def talk() -> None:
        async with AsyncClient(str(client._http.base_url), key=site.key_text(Role.INGEST), retry_s=0) as other:
            (receipt,) = await other.post([event(1)])
            await asyncio.to_thread(site.refine)
            assert (await other.receipt(receipt, wait_ms=5_000)).fate == "accepted"
            assert (await other.get("/kpis/latest")).data == client.get("/kpis/latest").data
            assert await other.rows("/windows") == client.rows("/windows")
            assert await other.query("select count(*) as n from silver.events") == client.query(
                "select count(*) as n from silver.events"
            )
            feed = other.live()
            assert (await anext(feed)).kind == "kpis"
            await feed.aclose()
            with pytest.raises(NotFoundError):
                await other.get("/events/nobody-knows-it")

    asyncio.run(talk())


def test_what_the_page_shows_runs_with_the_key_of_the_environment(
    served: tuple[Site, Client], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, client = served
    monkeypatch.setenv("RTL_API_KEY", site.key_text(Role.INGEST))
    (shown,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    shown = shown.replace("http://127.0.0.1:8000", str(client._http.base_url)) + "        break\n"
    refining = threading.Thread(target=lambda: until(lambda: site.engine.step(), "there is something to refine"))
    refining.start()
    exec(compile(shown, "docs/client.md", "exec"), {})
    refining.join()
    first, watermark = capsys.readouterr().out.splitlines()
    assert first.startswith("accepted 2026-11-24 ")
    assert datetime.fromisoformat(watermark)


def test_pauses_are_what_the_server_asks_else_they_double_and_end_in_time() -> None:
    now = 0.0
    retries = Retries(30, lambda: now)
    refusal = httpx.ConnectError("refused")
    asked = retries.after(httpx.Response(503, headers={"Retry-After": "3"}))
    assert asked is not None
    assert 3 <= asked < 4
    pauses = [retries.after(refusal) for _ in range(5)]
    for pause, least in zip(pauses, [0.4, 0.8, 1.6, 3.2, 5.0], strict=True):
        assert pause is not None
        assert least <= pause <= least * 1.25
    assert retries.after(httpx.Response(400)) is None
    now = 29.0
    assert retries.after(refusal) is None
