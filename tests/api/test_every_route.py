"""Every operation of the interface, by whoever may ask it and whoever may not; the operations and roles are its description's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.conftest import NOW
from api.serving import Site, site_on
from api.sockets import connected, listening
from api.test_every_read import is_problem
from api.test_receipts import view
from rtlakehouse.api.alerts.service import make_evaluator
from rtlakehouse.api.app import create_app
from rtlakehouse.control import AlertLog, Role
from rtlakehouse.settings import Settings

SPOOFED = ({"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "127.0.0.1", "Host": "127.0.0.1"})
LIVE = "/api/v1/live/"
# Names that lead out of the lake where one is made a path, or end it early; each a segment as it is sent.
ESCAPES = (
    *("..%2f..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2f_rtl%2fcontrol.db", "%2fetc%2fpasswd", "..%5c..%5cetc%5cpasswd"),
    *("..%252f..%252fetc%252fpasswd", "silver.events%00.parquet", "_rtl", "..%c0%af..%c0%afetc", "file:%2f%2f%2fetc%2fpasswd"),
)
# Ten minutes before what the other tenant has.
VIEW: dict[str, Any] = {
    "event_type": "page_view",
    "user_id": "them",
    "product_id": "their-tea",
    "price": 1,
    "quantity": 1,
    "currency": "EUR",
    "ts": (NOW - timedelta(minutes=10)).isoformat(),
}
RULE: dict[str, Any] = {
    "name": "any",
    "condition": {"kind": "metric", "metric": "events", "minutes": 60},
    "comparison": "ge",
    "threshold": 0,
    "for_s": 0,
}

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


# Where a name in a path is no tenant's: of tables and versions, definitions, dimensions, minutes of a metric, files of gold.
NO_TENANTS = tuple(
    f"/{name}/" for name in ("contracts", "kpis", "metrics-catalog", "forecasts", "anomalies", "tables", "snapshots", "lineage")
)


def of_acme(site: Site) -> dict[str, tuple[str, str]]:
    """By each path with a name of a tenant's: one that acme has, and one that nobody has."""
    theirs = site.key(Role.ADMIN, "acme")

    def made(path: str, **body: Any) -> dict[str, Any]:
        answer = site.client.post(f"/api/v1{path}", json=body, headers=theirs)
        assert answer.status_code < 300, answer.text
        found: dict[str, Any] = answer.json()
        return found

    (rejected,) = site.client.get("/api/v1/quarantine", headers=theirs).json()["data"]
    repair = made("/quarantine/repair", dry_run=False, filter={}, patch={"merge": VIEW | {"event_id": "mended"}})["repair"]["id"]
    site.refine()
    window = site.client.get("/api/v1/windows", headers=theirs).json()["data"][-1]["window_start"]
    query = made("/queries", name="all", sql="select count(*) from silver.events")["id"]
    job = made("/jobs", kind="verify")["job"]["id"]
    rule = made("/alerts/rules", **RULE)["id"]
    make_evaluator(site.parts.settings, site.parts.store, site.parts.answers, site.clock).evaluate()
    (alert,) = AlertLog(site.parts.store, site.clock).newest("acme", 1)
    made_key = made("/keys")["key"]["id"]
    pin = made("/pins")["id"]
    erasure = made("/erasures", user_id="them", dry_run=False)["erasure"]
    never = "000000000000"
    return {
        "/events/{event_id}": ("theirs", "never"),
        "/events/receipts/{receipt_id}": ("http-0-1", "http-0-99"),
        "/ledger/offsets/{partition}/{position}": ("0/1", "0/99"),
        "/windows/{start}": (window, "2020-01-01T00:00:00Z"),
        "/quarantine/{record_id}": (rejected["id"], "http-0-99-events"),
        "/quarantine/repairs/{repair_id}": (repair, never),
        "/search/products/{product_id}": ("their-tea", "no-tea"),
        "/pins/{pin_id}": (pin, never),
        "/erasures/{erasure_id}": (erasure, never),
        "/jobs/{job_id}": (str(job), "999"),
        "/keys/{key_id}": (made_key, "zzzzzzzz"),
        "/queries/{query_id}": (query, never),
        "/alerts/{alert_id}": (str(alert.id), "999"),
        "/alerts/rules/{rule_id}": (rule, never),
    }


def test_what_is_another_tenants_is_answered_as_if_it_had_never_been(tmp_path: Path) -> None:
    """By every route whose path has a name of a tenant's, with a key of every role that may ask."""
    with site_on(tmp_path / "lake", NOW, host="0.0.0.0") as site:
        site.post(view("ours"))
        site.post(json.dumps(VIEW | {"event_id": "theirs"}).encode(), b"{}", **site.key(Role.INGEST, "acme"))
        site.refine()
        names = of_acme(site)
        asked_for = set()
        for method, path, body in named():
            path = path.removeprefix("/api/v1")
            if path.startswith(NO_TENANTS):
                continue
            known = max((name for name in names if path.startswith(name)), key=len)
            asked_for.add(known)
            for role in Role:
                told = []
                for name in names[known]:
                    rest = path.removeprefix(known)
                    where = f"/api/v1{known[: known.index('{')]}{name}{rest}"
                    answer = site.client.request(method, where, json=body, headers=site.key(role), auth=None)
                    if answer.status_code == 403:
                        break
                    problem = is_problem(answer, 404)
                    told.append(problem | {"detail": re.sub(rf"\b{re.escape(name)}\b", "?", problem["detail"]), "request_id": ""})
                assert not told or told[0] == told[1], (method, path, role)
        assert asked_for == names.keys()
        theirs = site.key(Role.ADMIN, "acme")
        kept = (
            "/queries/{query_id}",
            "/jobs/{job_id}",
            "/events/{event_id}",
            "/windows/{start}",
            "/quarantine/repairs/{repair_id}",
        )
        for path in kept:
            where = f"/api/v1{path[: path.index('{')]}{names[path][0]}"
            assert site.client.get(where, headers=theirs).status_code == 200, where


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
