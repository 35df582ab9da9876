"""Who may do what, and that a key sees its own tenant alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from api.conftest import NOW
from api.serving import NDJSON, Site, site_on, until
from api.test_every_read import is_problem
from api.test_receipts import URL, view
from rtlakehouse.api.live.feed import Client
from rtlakehouse.control import Keys, Role, Store

EVENTS, PAUSE = "/api/v1/events", "/api/v1/pipeline/pause"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A lake of two tenants, whose records came by turns; posted to by tests that look at what they posted."""
    with site_on(tmp_path_factory.mktemp("access") / "lake", NOW) as site:
        theirs = site.key(Role.INGEST, "acme")
        for i in range(3):
            site.post(view(f"ours{i}"))
            site.post(view(f"theirs{i}"), **theirs)
        site.refine()
        yield site


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An API that listens to the network."""
    with site_on(tmp_path_factory.mktemp("remote") / "lake", NOW, host="0.0.0.0") as site:
        yield site


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An API on this machine behind proxies of one network."""
    with site_on(tmp_path_factory.mktemp("proxied") / "lake", NOW, trusted_proxies="10.0.0.0/8, 127.0.0.9") as site:
        yield site


def detail(answer: httpx.Response, status: int) -> str:
    """What a problem says, without what differs by the id that was asked for."""
    return str(is_problem(answer, status)["detail"])


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_reads_its_own_tenant(shared: Site, header: str) -> None:
    text = shared.key(Role.READER, "acme")["Authorization"].removeprefix("Bearer ")
    headers = {header: f"Bearer {text}" if header == "Authorization" else text}
    assert {row["event_id"] for row in shared.get("/events", headers)["data"]} == {"theirs0", "theirs1", "theirs2"}
    assert {row["event_id"] for row in shared.get("/events")["data"]} == {"ours0", "ours1", "ours2"}
    assert shared.get("/ledger/balance", headers)["received"] == 3


def test_the_answer_to_one_tenant_is_never_that_to_another(shared: Site) -> None:
    ours, theirs = (shared.client.get("/api/v1/kpis/latest", headers=shared.key(tenant_id=name)) for name in ("default", "acme"))
    assert ours.headers["etag"] != theirs.headers["etag"]
    assert ours.headers["x-lake-versions"] == theirs.headers["x-lake-versions"]
    again = {"If-None-Match": ours.headers["etag"]}
    assert shared.client.get("/api/v1/kpis/latest", headers=shared.key(tenant_id="acme") | again).status_code == 200
    assert ours.headers["vary"] == "Authorization, X-API-Key, Accept"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer rtl_aaaaaaaa_" + "a" * 40},
        {"Authorization": "Bearer"},
        {"Authorization": ""},
        {"Authorization": "Basic cnRsOnJ0bA=="},
        {"Authorization": "Bearer \xff".encode("latin-1")},
        {"X-API-Key": "secret"},
        {"X-API-Key": ""},
    ],
)
def test_what_is_no_good_key_is_refused_even_where_none_is_needed(shared: Site, headers: dict[str, Any]) -> None:
    for path in ("/windows", "/contracts", "/live/kpis"):
        answer = shared.client.get(f"/api/v1{path}", headers=headers)
        assert "Authorization: Bearer rtl_" in detail(answer, 401)
        assert answer.headers["www-authenticate"] == 'Bearer realm="rtlakehouse"'
    assert shared.client.get("/api/v1/health", headers=headers).status_code == 200


def test_a_role_that_is_too_low_is_refused_and_nothing_is_done(shared: Site) -> None:
    before = shared.lake.version("bronze.events")
    answer = shared.client.post(EVENTS, content=view("x"), headers=shared.key(Role.READER))
    assert "role ingest, and yours is of role reader" in detail(answer, 403)
    assert "role admin" in detail(shared.client.post(PAUSE, headers=shared.key(Role.INGEST)), 403)
    assert "--role admin" in detail(shared.client.post(PAUSE, auth=None), 401)
    assert shared.lake.version("bronze.events") == before
    assert shared.get("/pipeline")["state"] != "paused"


def test_a_key_that_another_process_revokes_is_refused_soon(shared: Site) -> None:
    headers = shared.key(Role.READER)
    assert shared.client.get("/api/v1/windows", headers=headers).status_code == 200
    with closing(Store.open(shared.parts.settings)) as store:
        Keys(store, shared.clock).revoke(headers["Authorization"].split("_")[1])
    until(lambda: shared.client.get("/api/v1/windows", headers=headers).status_code == 401, "the key is refused")


def test_a_key_in_use_costs_no_query_of_the_store(shared: Site) -> None:
    headers = shared.key(Role.READER)
    asked: list[str] = []
    engine = shared.parts.store._engine
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    for _ in range(20):
        assert shared.client.get("/api/v1/contracts", headers=headers).status_code == 200
    # One a second at most.
    assert len([statement for statement in asked if "api_keys" in statement]) < 10


def test_a_receipt_of_another_tenant_is_as_one_that_never_was(fresh: Site) -> None:
    acme, never = fresh.key(Role.INGEST, "acme"), "http-0-999999"

    def is_unknown(receipt: str, headers: dict[str, str]) -> bool:
        found, wanted = (detail(fresh.client.get(f"{URL}/{name}", headers=headers), 404) for name in (receipt, never))
        return found.replace(receipt, never) == wanted

    receipts = [fresh.post(view(f"e{i}"), **(acme if i % 2 else {}))[0] for i in range(4)]
    with site_on(fresh.lake.root, NOW) as second:
        # The second process takes no posts, and looks into bronze.
        assert second.get(f"/events/receipts/{receipts[1]}", acme)["fate"] == "pending"
        is_problem(second.client.get(f"{URL}/{receipts[1]}"), 404)
    for _ in range(2):
        assert all(is_unknown(receipts[i], acme if i % 2 == 0 else {}) for i in range(4))
        assert len({fresh.get(f"/events/receipts/{receipts[i]}", acme if i % 2 else {})["fate"] for i in range(4)}) == 1
        fresh.refine()


def test_one_tenant_s_idempotency_key_is_not_another_s(shared: Site) -> None:
    headers = NDJSON | {"Idempotency-Key": "batch-1"}
    ours, theirs = (
        shared.client.post(EVENTS, content=content, headers=shared.key(Role.INGEST, tenant) | headers).json()["receipts"]
        for tenant, content in (("default", view("again")), ("acme", view("other")))
    )
    assert ours != theirs


def test_the_live_feed_tells_a_client_of_its_own_tenant(shared: Site) -> None:
    async def told() -> list[dict[str, Any]]:
        clients = [Client(asyncio.get_running_loop(), tenant) for tenant in ("default", "acme", "nobody")]
        for client in clients:
            shared.parts.feed.join(client)
        messages = [await client.next(20) for client in clients]
        for client in clients:
            shared.parts.feed.leave(client)
        return [json.loads(message.data) for message in messages if message is not None]

    ours, theirs, nobody = shared.client.run(told())
    assert ours["ledger"]["received"] == theirs["ledger"]["received"] == 3
    assert nobody["ledger"]["received"] == 0
    assert nobody["windows"] == []


def without_key(site: Site, client: str = "127.0.0.1", path: str = "/api/v1/windows", **headers: str) -> int:
    """The status of a read without a key from this address."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(site.app, client=(client, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
            return await http.get(path, headers=headers)

    return site.client.run(ask()).status_code


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_who_is_on_this_machine_reads_without_a_key(shared: Site, client: str) -> None:
    assert without_key(shared, client) == 200


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded"])
@pytest.mark.parametrize("value", ["203.0.113.5", "127.0.0.1", "for=127.0.0.1", ""])
def test_what_an_unknown_proxy_forwards_needs_a_key(shared: Site, name: str, value: str) -> None:
    assert without_key(shared, **{name: value}) == 401
    assert shared.client.get("/api/v1/windows", headers={name: value} | shared.key(Role.READER)).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-For": "203.0.113.5"}])
@pytest.mark.parametrize("proxy", ["10.0.0.1", "127.0.0.9"])
def test_who_comes_through_a_known_proxy_needs_a_key(proxied: Site, proxy: str, headers: dict[str, str]) -> None:
    assert without_key(proxied, proxy, **headers) == 401


@pytest.mark.parametrize("client", ["127.0.0.1", "203.0.113.5"])
def test_what_listens_to_a_network_needs_a_key_for_everything_but_health(remote: Site, client: str) -> None:
    assert [without_key(remote, client, path) for path in ("/api/v1/contracts", "/api/v1/version", "/metrics")] == [401] * 3
    assert without_key(remote, client, "/api/v1/health/live") == 200
    assert remote.client.get("/api/v1/contracts", headers=remote.key(Role.READER)).status_code == 200
    # What one signs in with has to come first.
    assert without_key(remote, client, "/") == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:80", "[::1]:8000", "rtl.test"])
def test_a_name_of_this_machine_is_answered(shared: Site, host: str) -> None:
    assert without_key(shared, Host=host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "rtl.test.", "", "::1", "[::1"]
)
def test_a_page_that_binds_its_own_name_to_this_machine_reaches_nothing(shared: Site, host: str) -> None:
    for path in ("/api/v1/windows", "/api/v1/health", "/", "/metrics"):
        assert without_key(shared, path=path, Host=host) == 421
    answer = shared.client.post(EVENTS, content=view("x"), headers={"Host": host} | shared.key())
    assert "allowed_hosts" in detail(answer, 421)
    assert without_key(shared, Host=host, Authorization="Bearer x") == 421


def test_posting_needs_a_key_also_on_this_machine(shared: Site) -> None:
    before = shared.lake.version("bronze.events")
    answer = shared.client.post(EVENTS, content=view("x"), auth=None)
    assert "rtl keys create --role ingest" in detail(answer, 401)
    assert shared.lake.version("bronze.events") == before
