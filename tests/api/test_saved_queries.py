"""Saved queries over HTTP: checked when they are saved, run with other values, and of one tenant."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.conftest import READ_AT
from api.serving import Site, site_on
from api.test_every_read import is_problem
from api.test_query import problem
from rtlakehouse.control import Role

URL = "/api/v1/queries"
SQL = "select event_type, count(*) as events from silver.events where event_type = $kind group by event_type"
BODY: dict[str, Any] = {"name": "Of a kind", "description": "How many.", "sql": SQL, "parameters": {"kind": "purchase"}}


@pytest.fixture(scope="module")
def keeper(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The API on the lake that is filled, whose control store is elsewhere: the lake stays as it is."""
    path = tmp_path_factory.mktemp("saved") / "lake"
    shutil.copytree(filled, path, ignore=shutil.ignore_patterns("leases"))
    with site_on(path, READ_AT) as found:
        yield found


@pytest.fixture
def saved(keeper: Site) -> Iterator[dict[str, Any]]:
    """A saved query, which is gone after the test."""
    made = keeper.client.post(URL, json=BODY)
    assert made.status_code == 201, made.text
    yield made.json()
    keeper.client.request("DELETE", f"{URL}/{made.json()['id']}")


def test_what_is_saved_is_listed_and_found(keeper: Site, saved: dict[str, Any]) -> None:
    assert {name: saved[name] for name in BODY} == BODY
    assert keeper.get("/queries")["data"] == [saved]
    assert keeper.get(f"/queries/{saved['id']}") == saved
    again = keeper.client.post(URL, json=BODY)
    assert (again.status_code, again.json()) == (201, saved)


def test_what_is_known_already_is_not_sent_again_until_it_changes(keeper: Site, saved: dict[str, Any]) -> None:
    etag = keeper.client.get(URL).headers["etag"]
    assert keeper.client.get(URL, headers={"If-None-Match": etag}).status_code == 304
    keeper.client.request("PUT", f"{URL}/{saved['id']}", json=BODY | {"name": "Another"})
    assert keeper.client.get(URL, headers={"If-None-Match": etag}).json()["data"][0]["name"] == "Another"


def test_a_run_is_the_query_with_the_values_that_are_sent(keeper: Site, saved: dict[str, Any]) -> None:
    for given, kind in (({}, "purchase"), ({"kind": "refund"}, "refund")):
        answer = keeper.client.post(f"{URL}/{saved['id']}/run", json={"parameters": given})
        asked = keeper.client.post("/api/v1/query", json={"sql": SQL, "parameters": {"kind": kind}})
        assert (answer.status_code, answer.json()["data"]) == (200, asked.json()["data"])
        assert answer.json()["data"][0]["event_type"] == kind
        assert answer.headers["x-lake-versions"] == asked.headers["x-lake-versions"]
    text = keeper.client.post(f"{URL}/{saved['id']}/run", json={}, headers={"Accept": "text/csv"}).text
    assert text.startswith('"event_type","events"')


def test_a_changed_query_runs_as_it_is_now_and_a_deleted_one_does_not(keeper: Site, saved: dict[str, Any]) -> None:
    at = f"{URL}/{saved['id']}"
    changed = keeper.client.request("PUT", at, json=BODY | {"sql": "select 7 as seven", "parameters": {}})
    assert (changed.status_code, changed.json()["id"]) == (200, saved["id"])
    assert keeper.client.post(f"{at}/run", json={}).json()["data"] == [{"seven": 7}]
    assert keeper.client.request("DELETE", at).json() == changed.json()
    assert "GET /api/v1/queries" in is_problem(keeper.client.post(f"{at}/run", json={}), 404)["detail"]


@pytest.mark.parametrize(
    ("change", "status", "fix"),
    [
        ({"sql": "drop table silver.events"}, 400, "Only queries are run"),
        ({"sql": "select prize from silver.events", "parameters": {}}, 400, "prize"),
        ({"sql": "select * from gold.kpi_1m", "parameters": {}}, 400, "gold.kpis_1m"),
        ({"parameters": {}}, 400, "kind"),
        ({"name": " x"}, 422, "spaces"),
        ({"name": "two\nlines"}, 422, "one line"),
        ({"description": "\0"}, 422, "NUL"),
        ({"sql": "x" * 10_001}, 422, "10000"),
        ({"owner": "me"}, 422, "owner"),
    ],
)
def test_what_could_not_be_run_is_not_saved(
    keeper: Site, saved: dict[str, Any], change: dict[str, Any], status: int, fix: str
) -> None:
    assert fix in problem(keeper.client.post(URL, json=BODY | {"name": "New"} | change), status)
    assert fix in problem(keeper.client.request("PUT", f"{URL}/{saved['id']}", json=BODY | change), status)
    assert keeper.get("/queries")["data"] == [saved]


def test_a_name_that_another_query_has_is_refused(keeper: Site, saved: dict[str, Any]) -> None:
    found = is_problem(keeper.client.post(URL, json=BODY | {"description": "Another."}), 409)
    assert "'Of a kind'" in found["detail"]


def test_readers_run_and_do_not_save_and_no_tenant_sees_anothers(keeper: Site, saved: dict[str, Any]) -> None:
    reader, theirs = keeper.key(Role.READER), keeper.key(Role.ADMIN, "acme")
    at = f"{URL}/{saved['id']}"
    assert keeper.client.get(URL, headers=reader).json()["data"] == [saved]
    assert keeper.client.post(f"{at}/run", json={}, headers=reader).status_code == 200
    for method, path in (("POST", URL), ("PUT", at), ("DELETE", at)):
        more = {} if method == "DELETE" else {"json": BODY}
        is_problem(keeper.client.request(method, path, headers=reader, **more), 403)
    assert keeper.client.get(URL, headers=theirs).json()["data"] == []
    for method, path in (("GET", at), ("POST", f"{at}/run"), ("PUT", at), ("DELETE", at)):
        more = {"json": BODY} if method == "PUT" else {"json": {}} if method == "POST" else {}
        is_problem(keeper.client.request(method, path, headers=theirs, **more), 404)
    assert keeper.get("/queries")["data"] == [saved]
