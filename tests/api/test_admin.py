"""Keys over HTTP: made, listed and revoked by an administrator, each of its own tenant."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from api.conftest import NOW
from api.serving import Site, site_on
from api.test_every_read import is_problem
from rtlakehouse.control import Role

KEYS, WHOAMI = "/api/v1/keys", "/api/v1/whoami"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_on(tmp_path_factory.mktemp("admin") / "lake", NOW) as site:
        yield site


def made(shop: Site, tenant: str, **body: str) -> httpx.Response:
    return shop.client.post(KEYS, json=body, headers=shop.key(Role.ADMIN, tenant))


def who(shop: Site, text: str) -> httpx.Response:
    return shop.client.get(WHOAMI, headers={"X-API-Key": text})


def test_who_asks_is_told_who_that_is(shop: Site) -> None:
    assert shop.client.get(WHOAMI).json() == {"tenant_id": "default", "role": "reader", "key_id": None}
    text = shop.key(Role.INGEST, "acme")["Authorization"].removeprefix("Bearer ")
    assert who(shop, text).json() == {"tenant_id": "acme", "role": "ingest", "key_id": text.split("_")[1]}
    assert who(shop, text).headers["cache-control"] == "no-store"


def test_a_key_that_was_made_is_good_at_once_and_its_text_is_never_told_again(shop: Site) -> None:
    answer = made(shop, "making", role="ingest", name="the till")
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    key, text = answer.json()["key"], answer.json()["text"]
    assert (key["tenant_id"], key["role"], key["name"], key["revoked_at"]) == ("making", "ingest", "the till", None)
    assert who(shop, text).json()["key_id"] == key["id"]
    listed = shop.client.get(KEYS, headers=shop.key(Role.ADMIN, "making"))
    assert key in listed.json()["data"]
    assert text.rpartition("_")[2] not in listed.text


def test_a_revoked_key_is_good_for_nothing_at_once_and_stays_listed(shop: Site) -> None:
    answer = made(shop, "ending").json()
    assert who(shop, answer["text"]).json()["role"] == "reader"
    admin = shop.key(Role.ADMIN, "ending")
    revoked = shop.client.request("DELETE", f"{KEYS}/{answer['key']['id']}", headers=admin).json()
    assert revoked["revoked_at"] is not None
    is_problem(who(shop, answer["text"]), 401)
    assert shop.client.request("DELETE", f"{KEYS}/{answer['key']['id']}", headers=admin).json() == revoked
    assert revoked in shop.client.get(KEYS, headers=admin).json()["data"]


def test_no_tenant_sees_or_revokes_the_keys_of_another(shop: Site) -> None:
    theirs = made(shop, "theirs").json()
    admin = shop.key(Role.ADMIN, "ours")
    assert {key["tenant_id"] for key in shop.client.get(KEYS, headers=admin).json()["data"]} == {"ours"}
    foreign, unknown = (
        shop.client.request("DELETE", f"{KEYS}/{name}", headers=admin) for name in (theirs["key"]["id"], "zzzzzzzz")
    )
    assert is_problem(foreign, 404)["detail"].replace(theirs["key"]["id"], "zzzzzzzz") == is_problem(unknown, 404)["detail"]
    assert who(shop, theirs["text"]).status_code == 200


def test_a_tenant_is_told_of_itself_alone_with_its_good_keys(shop: Site) -> None:
    admin = shop.key(Role.ADMIN, "counted")
    made(shop, "neighbour")
    assert shop.client.get("/api/v1/tenants", headers=admin).json() == {
        "data": [{"tenant_id": "counted", "keys": {"reader": 0, "ingest": 0, "admin": 1}}]
    }


@pytest.mark.parametrize(("method", "path"), [("GET", "keys"), ("POST", "keys"), ("DELETE", "keys/ab12cd34"), ("GET", "tenants")])
@pytest.mark.parametrize("role", [None, Role.READER, Role.INGEST])
def test_who_is_no_administrator_learns_and_changes_nothing(shop: Site, method: str, path: str, role: Role | None) -> None:
    headers = shop.key(role) if role else {}
    answer = shop.client.request(method, f"/api/v1/{path}", headers=headers, auth=None, json={} if method == "POST" else None)
    assert "role admin" in is_problem(answer, 403 if role else 401)["detail"]


@pytest.mark.parametrize("body", [{"role": "owner"}, {"tenant_id": "other"}, {"name": "x" * 129}, {"name": 1}, []])
def test_a_key_that_cannot_be_is_not_made(shop: Site, body: object) -> None:
    admin = shop.key(Role.ADMIN, "wrong")
    is_problem(shop.client.post(KEYS, json=body, headers=admin), 422)
    is_problem(shop.client.post(KEYS, json={"name": "a\nb"}, headers=admin), 400)
    assert {key["role"] for key in shop.client.get(KEYS, headers=admin).json()["data"]} == {"admin"}
