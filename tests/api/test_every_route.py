"""Every operation of the interface, by whoever may ask it and whoever may not; the operations and roles are its description's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.conftest import NOW
from api.serving import Site, site_on
from api.sockets import connected, listening
from api.test_every_read import is_problem
from api.test_receipts import view
from rtlakehouse.api.app import create_app
from rtlakehouse.control import Role
from rtlakehouse.settings import Settings

SPOOFED = ({"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "127.0.0.1", "Host": "127.0.0.1"})
LIVE = "/api/v1/live/"
# Names that lead out of the lake where one is made a path, or end it early; each a segment as it is sent.
ESCAPES = (
    *("..%2f..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2f_rtl%2fcontrol.db", "%2fetc%2fpasswd", "..%5c..%5cetc%5cpasswd"),
    *("..%252f..%252fetc%252fpasswd", "silver.events%00.parquet", "_rtl", "..%c0%af..%c0%afetc", "file:%2f%2f%2fetc%2fpasswd"),
)


PATHS: dict[str, Any] = create_app(Settings()).openapi()["paths"]


def operations() -> Iterator[tuple[str, str, Role | None]]:
    """Method, path with the values that the description shows, and the role that is needed."""
    for path, methods in PATHS.items():
        for method, operation in methods.items():
            shown = path
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    shown = shown.replace(f"{{{parameter['name']}}}", str(_example(parameter)))
            needed = [Role(scheme["bearer"][0]) for scheme in operation["security"] if "bearer" in scheme]
            yield method.upper(), shown, needed[0] if needed else None


def named() -> Iterator[tuple[str, str, Any]]:
    """Method, path with a hole for each name, and a body that is taken, of each operation whose path has a name."""
    for path, methods in PATHS.items():
        for method, operation in methods.items() if "{" in path else ():
            shown = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("examples", {})
            yield method.upper(), path, next((example["value"] for example in shown.values()), None)


def _example(parameter: dict[str, Any]) -> object:
    schema = parameter["schema"]
    return next(iter(parameter.get("examples") or schema.get("examples") or schema.get("enum") or ["country"]))


OPERATIONS = list(operations())
KEYED = [(method, path, role) for method, path, role in OPERATIONS if role is not None]


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An API that listens to the network, on a lake of two tenants."""
    with site_on(tmp_path_factory.mktemp("routes") / "lake", NOW, host="0.0.0.0") as site:
        site.post(view("ours"))
        site.post(view("theirs"), **site.key(Role.INGEST, "acme"))
        site.refine()
        yield site


def asked(site: Site, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    body: dict[str, Any] = {} if method in ("GET", "DELETE") else {"json": {}}
    return site.client.request(method, path, headers=headers, auth=None, **body)


def test_only_health_is_open_and_every_role_has_operations() -> None:
    assert {path for _, path, role in OPERATIONS if role is None} == {
        *(f"/api/v1/health{part}" for part in ("", "/live", "/ready")),
    }
    assert {role for *_, role in KEYED} == set(Role)


def test_without_a_key_every_operation_is_refused_whatever_the_headers_claim(remote: Site) -> None:
    for method, path, _ in KEYED:
        for claimed in ({}, *SPOOFED):
            is_problem(asked(remote, method, path, claimed), 401)


def test_a_role_is_refused_what_needs_a_higher_one_and_nothing_it_may_do_fails(remote: Site) -> None:
    keys = {role: remote.key(role) for role in Role}
    for method, path, needed in KEYED:
        for role in (role for role in Role if not role.covers(needed)):
            is_problem(asked(remote, method, path, keys[role]), 403)
        if not path.startswith(LIVE):
            answer = asked(remote, method, path, keys[needed])
            assert answer.status_code < 500, f"{method} {path}: {answer.text}"
            assert answer.status_code not in (401, 403)


def test_no_name_in_a_path_leads_out_of_the_lake(remote: Site) -> None:
    admin = remote.key(Role.ADMIN)
    for method, path, body in named():
        for escape in ESCAPES:
            asked_for = re.sub(r"\{[a-z_]+\}", escape, path)
            answer = remote.client.request(method, asked_for, headers=admin, json=body)
            assert answer.status_code in (400, 404, 405, 422), f"{method} {asked_for}: {answer.status_code} {answer.text}"
            is_problem(answer, answer.status_code)


def test_what_is_another_tenants_is_answered_as_if_it_had_never_been(remote: Site) -> None:
    theirs, ours = remote.key(Role.ADMIN, "acme"), remote.key(Role.ADMIN)
    pin = asked(remote, "POST", "/api/v1/pins", theirs).json()["id"]
    job = remote.client.post("/api/v1/jobs", json={"kind": "verify"}, headers=theirs).json()["job"]["id"]
    key = asked(remote, "POST", "/api/v1/keys", theirs).json()["key"]["id"]
    saved = {"name": "all", "sql": "select count(*) from silver.events"}
    query = remote.client.post("/api/v1/queries", json=saved, headers=theirs).json()["id"]
    places: list[tuple[str, str, str, str]] = [
        ("GET", "/events/{}", "theirs", "never"),
        ("GET", "/events/receipts/{}", "http-0-1", "http-0-99"),
        ("GET", "/ledger/offsets/0/{}", "1", "99"),
        ("DELETE", "/pins/{}", pin, "000000000000"),
        ("GET", "/jobs/{}", str(job), "999"),
        ("POST", "/jobs/{}/cancel", str(job), "999"),
        ("DELETE", "/keys/{}", key, "zzzzzzzz"),
        *((method, "/queries/{}", query, "000000000000") for method in ("GET", "DELETE")),
        ("POST", "/queries/{}/run", query, "000000000000"),
        *(("GET", f"/search/products/{{}}/{what}", "their-tea", "no-tea") for what in ("similar", "together")),
    ]
    for method, path, foreign, unknown in places:
        found, never = (asked(remote, method, f"/api/v1{path.format(name)}", ours) for name in (foreign, unknown))
        told = re.sub(rf"\b{foreign}\b", unknown, is_problem(found, 404)["detail"])
        assert told == is_problem(never, 404)["detail"], (method, path)
    assert asked(remote, "GET", f"/api/v1/queries/{query}", theirs).status_code == 200


@pytest.mark.parametrize("path", ["/live/kpis", "/live/events"])
def test_an_open_stream_ends_when_its_key_is_revoked(remote: Site, path: str) -> None:
    headers = remote.key(Role.READER)
    with listening(remote) as address, connected(address, path=path, key=headers) as stream:
        assert stream.response.status_code == 200
        stream.block()
        key_id = headers["Authorization"].split("_")[1]
        assert asked(remote, "DELETE", f"/api/v1/keys/{key_id}", remote.key()).status_code == 200
        stream.rest()
    is_problem(asked(remote, "GET", f"/api/v1{path}", headers), 401)
