"""The audit over HTTP: who did what to what is one's own, told to administrators, filtered and a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from api.conftest import NOW
from api.serving import Site, site_on
from api.test_every_read import is_problem
from api.test_jobs import turns
from rtlakehouse.assembly import make_lane
from rtlakehouse.control import Role
from rtlakehouse.storage.log import read_commit

AUDIT, KEYS = "/api/v1/audit", "/api/v1/keys"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_on(tmp_path_factory.mktemp("audit") / "lake", NOW) as site:
        yield site


def told(shop: Site, headers: dict[str, str], **which: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.client.get(AUDIT, headers=headers, params=which).json()["data"]
    return found


def test_what_a_key_does_is_told_with_the_key_and_what_it_was_done_to(shop: Site) -> None:
    admin = shop.key(Role.ADMIN, "doing")
    who = admin["Authorization"].split("_")[1]
    till = shop.client.post(KEYS, json={"role": "ingest", "name": "the till"}, headers=admin).json()["key"]["id"]
    shop.client.post("/api/v1/pipeline/pause", json={"why": "a reload"}, headers=admin)
    shop.client.post("/api/v1/pipeline/resume", headers=admin)
    pin = shop.client.post("/api/v1/pins", headers=admin).json()["id"]
    job = shop.client.post("/api/v1/jobs", json={"kind": "verify"}, headers=admin).json()["job"]["id"]
    shop.client.request("DELETE", f"{KEYS}/{till}", headers=admin)
    *found, first = told(shop, admin)
    assert (first["who"], first["target"]) == ("rtl", who)
    assert {entry["who"] for entry in found} == {who}
    assert [(entry["action"], entry["target"]) for entry in reversed(found)] == [
        ("key.create", till),
        ("pipeline.pause", ""),
        ("pipeline.resume", ""),
        ("pin.create", pin),
        ("job.ask", str(job)),
        ("key.revoke", till),
    ]
    assert found[-1]["detail"] == {"role": "ingest", "name": "the till"}
    assert found[-2]["detail"] == {"why": "a reload"}


def test_what_was_only_tried_or_refused_is_not_told(shop: Site) -> None:
    admin = shop.key(Role.ADMIN, "trying")
    before = told(shop, admin)
    assert shop.client.post("/api/v1/jobs", json={"kind": "verify", "dry_run": True}, headers=admin).status_code == 200
    assert shop.client.post("/api/v1/pipeline/pause", headers=shop.key(Role.INGEST, "reading")).status_code == 403
    assert told(shop, admin) == before


def test_a_repair_is_told_with_its_number_and_how_many_records_it_took_and_a_tried_one_is_not(shop: Site) -> None:
    event = {"event_id": "e", "event_type": "page_view", "user_id": "u", "product_id": "p", "price": 1, "quantity": 1}
    shop.client.post("/api/v1/events", json=event | {"currency": "€", "ts": NOW.isoformat()})
    shop.refine()
    admin = shop.key()
    answers = [
        shop.client.post(
            "/api/v1/quarantine/repair",
            json={"dry_run": dry_run, "filter": {}, "patch": {"merge": {"currency": "EUR"}}, "why": "a till"},
            headers=admin,
        ).json()
        for dry_run in (True, False)
    ]
    (found,) = told(shop, admin, action="quarantine.repair")
    assert (found["target"], found["detail"]) == (answers[1]["repair"]["id"], {"records": 1, "why": "a till"})
    version = shop.lake.version("bronze.events")
    shop.refine()
    assert found["versions"] == {"bronze.events": version}
    (commit,) = [entry for entry in shop.get("/tables/bronze.events/versions")["data"] if entry["version"] == version]
    assert commit["steps"][0]["application"] == "repair"


def test_a_job_is_told_with_the_versions_that_the_tables_logs_have_of_it(shop: Site) -> None:
    admin = shop.key()
    for i in range(3):
        shop.post(b"%d" % i)
        shop.refine()
    before = shop.lake.version("silver.quarantine")
    wanted = {"kind": "optimize", "tables": ["bronze.events", "silver.quarantine"]}
    job = shop.client.post("/api/v1/jobs", json=wanted, headers=admin).json()["job"]["id"]
    assert told(shop, admin, action="job.ask")[0]["versions"] == {}
    shop.post(b"while it waits")
    with closing(make_lane(shop.parts.settings, shop.lake, shop.clock)) as lane:
        turns(shop, lane)
    (found,) = told(shop, admin, action="job.ask")
    assert (found["target"], found["versions"].keys()) == (str(job), set(wanted["tables"]))
    for table, version in found["versions"].items():
        commit = read_commit(shop.lake.path(table), version)
        assert commit is not None
        assert commit.operation == "OPTIMIZE"
    assert found["versions"]["silver.quarantine"] > before


def test_a_tenant_is_told_of_itself_alone_and_only_its_administrators(shop: Site) -> None:
    made = shop.client.post(KEYS, json={}, headers=shop.key(Role.ADMIN, "theirs")).json()["key"]["id"]
    assert made not in str(told(shop, shop.key(Role.ADMIN, "ours")))
    for role, status in ((None, 401), (Role.READER, 403), (Role.INGEST, 403)):
        is_problem(shop.client.get(AUDIT, headers=shop.key(role) if role else {}), status)


def test_it_is_told_a_page_at_a_time_and_by_who_action_and_time(shop: Site) -> None:
    admin = shop.key(Role.ADMIN, "paging")
    for _ in range(5):
        shop.client.post("/api/v1/pins", headers=admin)
    everything = told(shop, admin)
    paged, cursor = [], None
    while True:
        page = shop.client.get(AUDIT, headers=admin, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        paged += page["data"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert paged == everything
    assert len(told(shop, admin, action="pin.create")) == 5
    assert [entry["action"] for entry in told(shop, admin, who="rtl")] == ["key.create"]
    assert told(shop, admin, to=NOW.isoformat()) == []
    assert told(shop, admin, **{"from": NOW.isoformat()}) == everything


@pytest.mark.parametrize(("name", "value", "status"), [("cursor", "x", 400), ("action", "key.eat", 422), ("from", "5", 422)])
def test_a_question_that_is_none_is_refused(shop: Site, name: str, value: str, status: int) -> None:
    is_problem(shop.client.get(AUDIT, headers=shop.key(), params={name: value}), status)
