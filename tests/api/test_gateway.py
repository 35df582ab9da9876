"""The gateway: posts that come together share commits, a key stands for one post, and what cannot be taken is said so."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.conftest import NOW
from api.serving import NDJSON, Client, Site, site_on
from api.sockets import listening
from api.test_every_read import is_problem
from rtlakehouse.api.app import create_app
from rtlakehouse.api.events.gateway import Gateway
from rtlakehouse.clock import ManualClock
from rtlakehouse.settings import Settings

URL = "/api/v1/events"


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


def together(site: Site, posts: Sequence[Awaitable[httpx.Response]]) -> list[httpx.Response]:
    """The answers to posts that are all sent before any is answered."""

    async def gathered() -> list[httpx.Response]:
        return list(await asyncio.gather(*posts))

    return site.client.run(gathered())


def raw(site: Site) -> list[bytes]:
    found: list[bytes] = site.lake.read("bronze.events").sort_by("position")["raw"].to_pylist()
    return found


def number(answer: httpx.Response) -> int:
    """The position in the answer's only receipt."""
    (receipt,) = answer.json()["receipts"]
    return int(receipt.rpartition("-")[2])


def test_posts_that_come_together_share_commits(tmp_path: Path) -> None:
    with site_on(tmp_path / "lake", NOW, linger_ms=50) as site:
        before = site.lake.version("bronze.events")
        answers = together(site, [site.client.http.post(URL, content=b"%d" % i) for i in range(200)])
        assert [answer.status_code for answer in answers] == [202] * 200
        assert site.lake.version("bronze.events") - before <= 20
        stored = raw(site)
        assert sorted(map(number, answers)) == list(range(200))
        assert [stored[number(answer)] for answer in answers] == [b"%d" % i for i in range(200)]


def test_a_post_stays_in_one_piece_among_others(tmp_path: Path) -> None:
    with site_on(tmp_path / "lake", NOW, linger_ms=20) as site:
        bodies = [b"\n".join(b"%d" % (100 * i + j) for j in range(1 + i % 7)) for i in range(60)]
        answers = together(site, [site.client.http.post(URL, content=body, headers=NDJSON) for body in bodies])
        stored = raw(site)
        for body, answer in zip(bodies, answers, strict=True):
            places = [int(receipt.rpartition("-")[2]) for receipt in answer.json()["receipts"]]
            assert places == list(range(places[0], places[0] + len(places)))
            assert [stored[place] for place in places] == body.split(b"\n")


def test_a_post_with_a_known_key_gets_the_first_ones_receipts_and_stores_nothing(fresh: Site) -> None:
    first = fresh.client.post(URL, content=b"[1,2]", headers=key("k"))
    for again in (b"[1,2]", b"[ 1,\n2 ]"):
        answer = fresh.client.post(URL, content=again, headers=key("k"))
        assert (answer.status_code, answer.json()) == (202, first.json())
    assert fresh.client.post(URL, content=b"[1,2]", headers=key("K")).json()["receipts"] == ["http-0-2", "http-0-3"]
    assert raw(fresh) == [b"1", b"2", b"1", b"2"]


@pytest.mark.parametrize("other", [b"[1,3]", b"[1]", b"[1,2,3]", b"[12]", b"[2,1]"])
def test_a_key_that_stands_for_another_post_is_refused(fresh: Site, other: bytes) -> None:
    fresh.client.post(URL, content=b"[1,2]", headers=key("k"))
    found = is_problem(fresh.client.post(URL, content=other, headers=key("k")), 422)
    assert "'k'" in found["detail"]
    assert raw(fresh) == [b"1", b"2"]


def test_of_posts_with_one_key_that_come_together_one_is_stored(tmp_path: Path) -> None:
    with site_on(tmp_path / "lake", NOW, linger_ms=50) as site:
        same = [site.client.http.post(URL, content=b"7", headers=key("k")) for _ in range(20)]
        other = [site.client.http.post(URL, content=b"8", headers=key("k")) for _ in range(3)]
        answers = together(site, [*same, *other])
        taken = [answer.json()["receipts"] for answer in answers if answer.status_code == 202]
        assert taken == [["http-0-0"]] * 20
        assert [answer.status_code for answer in answers[20:]] == [422] * 3
        assert raw(site) == [b"7"]


def test_a_key_is_known_after_a_restart(tmp_path: Path) -> None:
    with site_on(tmp_path / "lake", NOW) as site:
        first = site.client.post(URL, content=b"[1,2]", headers=key("k"))
        site.post(b"between")
        site.refine()
    with site_on(tmp_path / "lake", NOW) as site:
        assert site.client.post(URL, content=b"[1,2]", headers=key("k")).json() == first.json()
        is_problem(site.client.post(URL, content=b"[3]", headers=key("k")), 422)
        assert site.client.post(URL, content=b"4").json()["receipts"] == ["http-0-3"]
        assert raw(site) == [b"1", b"2", b"between", b"4"]


@pytest.mark.parametrize("text", ["", "a b", "\u00e4", "x" * 256])
def test_a_key_that_is_none_is_refused(fresh: Site, text: str) -> None:
    answer = fresh.client.post(URL, content=b"1", headers={"Idempotency-Key": text.encode("latin-1")})
    assert "Idempotency-Key" in is_problem(answer, 422)["detail"]
    assert raw(fresh) == []


def test_a_full_queue_is_a_429_and_what_waits_is_stored_all_the_same(tmp_path: Path) -> None:
    """The first post lingers; only as many events as a quarter of the queue end that."""
    half = b'"' + b"x" * (600 << 10) + b'"'
    with site_on(tmp_path / "lake", NOW, linger_ms=3_600_000, gateway_queue_events=40, gateway_queue_mb=1) as site:

        async def overfill() -> tuple[httpx.Response, httpx.Response, httpx.Response]:
            waiting = asyncio.ensure_future(site.client.http.post(URL, content=half))
            assert site.parts.gateway is not None
            while not site.parts.gateway.waiting_events:
                await asyncio.sleep(0)
            refused = await site.client.http.post(URL, content=half)
            small = await site.client.http.post(URL, content=b"\n".join([b"1"] * 10), headers=NDJSON)
            return await waiting, refused, small

        first, refused, small = site.client.run(overfill())
        found = is_problem(refused, 429)
        assert "1 events wait" in found["detail"]
        assert int(refused.headers["retry-after"]) >= 1
        assert (first.status_code, small.status_code) == (202, 202)
        assert raw(site) == [half, *[b"1"] * 10]


def test_a_post_larger_than_the_queue_is_taken_when_nothing_waits(tmp_path: Path) -> None:
    with site_on(tmp_path / "lake", NOW, gateway_queue_events=2) as site:
        assert len(site.post(*[b"1"] * 50)) == 50


def test_what_waits_when_the_server_stops_is_stored(tmp_path: Path) -> None:
    with site_on(tmp_path / "lake", NOW, linger_ms=3_600_000) as site:
        gateway = site.parts.gateway
        assert isinstance(gateway, Gateway)

        async def stopping() -> int:
            waiting = asyncio.ensure_future(gateway.submit([b"last"], "default"))
            await asyncio.sleep(0)
            await asyncio.to_thread(gateway.stop)
            return await waiting

        assert site.client.run(stopping()) == 0
        assert raw(site) == [b"last"]
        is_unavailable(site.client.post(URL, content=b"1"))


def test_a_lake_that_cannot_be_written_is_a_503_and_nothing_is_acknowledged(fresh: Site) -> None:
    log = fresh.lake.path("bronze.events") / "_delta_log"
    aside = log.rename(log.with_name("aside"))
    is_unavailable(fresh.client.post(URL, content=b"1"))
    is_unavailable(fresh.client.post(URL, content=b"2"))
    is_unavailable(fresh.client.get("/api/v1/health/ready"))
    assert fresh.get("/kpis/latest")["window"] is None
    aside.rename(log)
    assert raw(fresh) == []


def test_where_another_process_takes_posts_this_one_says_so_and_serves(fresh: Site) -> None:
    with Client(
        create_app(Settings(lake=fresh.lake.root, read_limit=False, allowed_hosts="rtl.test"), ManualClock(NOW))
    ) as second:
        is_unavailable(second.post(URL, content=b"1"))
        assert second.post(f"{URL}/validate", content=b"1").status_code == 200
        assert second.get("/api/v1/kpis/latest").status_code == 200
        assert second.get("/api/v1/health/ready").status_code == 200
        (gateway,) = [part for part in second.get("/api/v1/health").json()["parts"] if part["name"] == "gateway"]
        assert (gateway["status"], gateway["why"]) == ("degraded", "Another process takes posts for this lake.")
    assert raw(fresh) == []


def is_unavailable(answer: httpx.Response) -> None:
    is_problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("path", [URL, f"{URL}/validate"])
def test_a_body_that_does_not_arrive_is_a_408(tmp_path: Path, path: str) -> None:
    with site_on(tmp_path / "lake", NOW, receive_timeout_s=0.05) as site, listening(site) as address:
        answer = spoken(address, head_of(site, path, 100) + b"{")
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in answer.lower()
        assert b"smaller batches" in answer
        assert raw(site) == []


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(small: Site) -> None:
    with listening(small) as address:
        answer = spoken(address, head_of(small, URL, 99_999_999))
    assert answer.startswith(b"HTTP/1.1 413 ")


def head_of(site: Site, path: str, length: int) -> bytes:
    lines = (f"POST {path} HTTP/1.1", "Host: rtl.test", f"X-API-Key: {site.key_text()}", f"Content-Length: {length}")
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def spoken(address: str, said: bytes) -> bytes:
    """What the server answers to these bytes, up to the end of the problem's document."""
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(said)
        answer = b""
        while not answer.endswith(b"}") and (received := connection.recv(4096)):
            answer += received
    return answer


def test_a_client_that_goes_away_does_not_take_the_answer_from_another_with_its_key(tmp_path: Path) -> None:
    with site_on(tmp_path / "lake", NOW, linger_ms=50) as site:

        async def one_leaves() -> Any:
            gateway = site.parts.gateway
            assert isinstance(gateway, Gateway)
            leaving, staying = (asyncio.ensure_future(gateway.submit([b"1"], "default", "k")) for _ in range(2))
            await asyncio.sleep(0)
            leaving.cancel()
            return await staying

        assert site.client.run(one_leaves()) == 0
        assert raw(site) == [b"1"]
