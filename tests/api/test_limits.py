"""How often an address may read, and whose address it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from api.conftest import NOW
from api.serving import NDJSON, Site, site_on
from api.sockets import connected, listening
from api.test_every_read import is_problem
from rtlakehouse.api.app import create_app
from rtlakehouse.errors import SettingsError
from rtlakehouse.settings import Settings

READS = 3
PROXIES = "10.0.0.0/8, 192.0.2.7, fd00::/8"
PROXY = "10.0.0.1"


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Site]:
    """An API that takes three reads a minute, behind proxies."""
    with site_on(
        tmp_path / "lake", NOW, read_limit=True, reads_per_minute=READS, trusted_proxies=PROXIES, open_reads="everyone"
    ) as found:
        yield found


def from_address(
    site: Site, address: str, forwarded: str | None = None, path: str = "/windows", method: str = "GET", **headers: str
) -> httpx.Response:
    """The answer to a request that comes from this address."""
    more: Mapping[str, str] = headers if forwarded is None else headers | {"X-Forwarded-For": forwarded}

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(site.app, raise_app_exceptions=False, client=(address, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://rtl.test") as client:
            return await client.request(method, f"/api/v1{path}", headers=more)

    return site.client.run(ask())


def exhaust(site: Site, address: str, forwarded: str | None = None) -> None:
    for _ in range(READS):
        assert from_address(site, address, forwarded).status_code == 200
    assert from_address(site, address, forwarded).status_code == 429


def left(answer: httpx.Response) -> int:
    return int(answer.headers["ratelimit-remaining"])


def test_reads_say_how_many_are_left_and_one_too_many_when_to_come_back(limited: Site) -> None:
    for remaining in (2, 1, 0):
        answer = from_address(limited, "203.0.113.5")
        assert answer.status_code == 200
        assert (answer.headers["ratelimit-limit"], left(answer)) == (str(READS), remaining)
        assert 1 <= int(answer.headers["ratelimit-reset"]) <= 60
    refused = from_address(limited, "203.0.113.5")
    found = is_problem(refused, 429)
    assert "203.0.113.5" in found["detail"]
    assert "reads_per_minute" in found["detail"]
    assert left(refused) == 0
    assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"]


def test_another_address_is_not_concerned(limited: Site) -> None:
    exhaust(limited, "203.0.113.5")
    assert left(from_address(limited, "203.0.113.6")) == READS - 1
    assert left(from_address(limited, "2001:db8::1")) == READS - 1


@pytest.mark.parametrize("path", ["/contracts", "/kpis/latest", "/nothing", "/kpis/series?step=2m"])
def test_every_read_counts(limited: Site, path: str) -> None:
    for remaining in (2, 1, 0):
        assert left(from_address(limited, "203.0.113.5", path=path)) == remaining
    assert from_address(limited, "203.0.113.5", path=path).status_code == 429


def test_head_and_what_is_known_already_count_as_reads(limited: Site) -> None:
    etag = from_address(limited, "203.0.113.5").headers["etag"]
    assert left(from_address(limited, "203.0.113.5", method="HEAD")) == 1
    known = from_address(limited, "203.0.113.5", **{"If-None-Match": etag})
    assert (known.status_code, left(known)) == (304, 0)


@pytest.mark.parametrize(
    "path",
    [
        *("/events/validate", "/query/validate", "/queries/0123/run", "/metrics-catalog/query", "/lineage/what-if"),
        *("/assistant/ask", "/assistant/explain"),
    ],
)
def test_a_post_that_only_asks_counts_as_a_read(limited: Site, path: str) -> None:
    for remaining in (2, 1, 0):
        assert left(from_address(limited, "203.0.113.5", path=path, method="POST")) == remaining
    is_problem(from_address(limited, "203.0.113.5", path=path, method="POST"), 429)
    assert from_address(limited, "203.0.113.5").status_code == 429
    assert "ratelimit-limit" not in from_address(limited, "203.0.113.5", path="/events", method="POST").headers


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/version"])
def test_health_answers_whoever_asks_how_often(limited: Site, path: str) -> None:
    exhaust(limited, "203.0.113.5")
    answer = from_address(limited, "203.0.113.5", path=path)
    assert answer.status_code == 200
    assert "ratelimit-limit" not in answer.headers


def test_posts_are_not_limited_by_reads_nor_reads_by_posts(limited: Site) -> None:
    for i in range(3 * READS):
        assert limited.client.post("/api/v1/events", content=b"%d" % i, headers=NDJSON).status_code == 202
        assert limited.client.post("/api/v1/pipeline/resume").status_code == 200
    answers = [limited.client.get("/api/v1/windows") for _ in range(READS + 1)]
    assert [answer.status_code for answer in answers] == [200] * READS + [429]
    assert limited.client.post("/api/v1/events", content=b"1").status_code == 202


def test_the_live_feed_is_not_limited_by_reads(limited: Site) -> None:
    with listening(limited) as address:
        for _ in range(READS + 1):
            answer = httpx.get(f"{address}/api/v1/windows", trust_env=False)
        assert answer.status_code == 429
        for _ in range(READS):
            with connected(address) as stream:
                assert stream.next().id


@pytest.mark.parametrize("forwarded", ["198.51.100.1", "198.51.100.1, 10.0.0.1", "::1", ""])
def test_who_is_no_proxy_is_not_believed(limited: Site, forwarded: str) -> None:
    """Another spoofed address with each request does not make another client."""
    exhaust(limited, "203.0.113.5")
    assert from_address(limited, "203.0.113.5", forwarded).status_code == 429
    assert left(from_address(limited, "198.51.100.1")) == READS - 1


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("198.51.100.1", "198.51.100.1"),
        (" 198.51.100.1 ", "198.51.100.1"),
        ("9.9.9.9, 198.51.100.1", "198.51.100.1"),
        ("9.9.9.9, 198.51.100.1, 10.2.3.4, 192.0.2.7", "198.51.100.1"),
        ("9.9.9.9,198.51.100.1,fd12::7", "198.51.100.1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:0db8:0:0::0001, ::ffff:10.2.3.4", "2001:db8::1"),
        # Only proxies: the first of them is the client.
        ("10.9.9.9, 10.2.3.4", "10.9.9.9"),
        # What makes no sense ends the walk at the last address that does.
        ("198.51.100.1, unknown", PROXY),
        ("198.51.100.1, unknown, 10.2.3.4", "10.2.3.4"),
        ("198.51.100.1:80", PROXY),
        ("", PROXY),
        (",", PROXY),
    ],
)
def test_behind_proxies_the_client_is_the_last_address_that_is_none(limited: Site, forwarded: str, client: str) -> None:
    assert from_address(limited, PROXY, forwarded).status_code == 200
    assert left(from_address(limited, PROXY, client if client != PROXY else None)) == READS - 2
    assert left(from_address(limited, PROXY, "203.0.113.99")) == READS - 1


def test_an_ipv4_proxy_that_connects_by_ipv6_is_the_same_proxy(limited: Site) -> None:
    exhaust(limited, f"::ffff:{PROXY}", "198.51.100.1")
    assert from_address(limited, PROXY, "198.51.100.1").status_code == 429


def test_several_header_lines_are_one_list(limited: Site) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(limited.app, client=(PROXY, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://rtl.test") as client:
            lines = [("X-Forwarded-For", "9.9.9.9"), ("X-Forwarded-For", "198.51.100.1")]
            return await client.get("/api/v1/windows", headers=lines)

    assert limited.client.run(ask()).status_code == 200
    assert left(from_address(limited, PROXY, "198.51.100.1")) == READS - 2


@pytest.mark.parametrize("proxies", ["10.0.0.0/33", "everybody", "10.0.0.1/8", "10.0.0.1;10.0.0.2"])
def test_proxies_that_are_no_addresses_are_refused_at_start(tmp_path: Path, proxies: str) -> None:
    with pytest.raises(SettingsError, match="trusted_proxies"):
        create_app(Settings(lake=tmp_path / "lake", trusted_proxies=proxies))


def test_without_a_limit_nothing_is_counted(fresh: Site) -> None:
    answers = [fresh.client.get("/api/v1/windows") for _ in range(2 * Settings().reads_per_minute)]
    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit-limit" not in answers[0].headers


def test_a_good_key_has_a_limit_of_its_own_wherever_it_is_used_and_no_other_key_one(tmp_path: Path) -> None:
    limits = {"read_limit": True, "reads_per_minute": 1, "key_reads_per_minute": READS}
    with site_on(tmp_path / "lake", NOW, open_reads="everyone", **limits) as site:
        key, other = site.key_text(), site.key_text()

        def by(text: str, address: str) -> httpx.Response:
            return from_address(site, address, path="/contracts", **{"X-API-Key": text})

        assert from_address(site, "203.0.113.5", path="/contracts").status_code == 200
        assert [left(by(key, f"203.0.113.{last}")) for last in (5, 5, 6)] == [2, 1, 0]
        refused = is_problem(by(key, "203.0.113.7"), 429)
        assert "key_reads_per_minute" in refused["detail"]
        assert key not in refused["detail"]
        assert left(by(other, "203.0.113.5")) == READS - 1
        is_problem(by("rtl_wrong", "203.0.113.5"), 429)
        is_problem(by("rtl_wrong", "203.0.113.9"), 401)
        is_problem(by("rtl_wrong", "203.0.113.9"), 429)
