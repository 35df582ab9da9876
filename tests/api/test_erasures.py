"""Erasures over HTTP: asked for by an administrator, done by the engine, and every earlier version is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.conftest import NOW
from api.serving import Site, site_on, until
from api.test_every_read import is_problem
from api.test_jobs import turns
from api.test_receipts import view
from rtlakehouse.assembly import make_lane
from rtlakehouse.clock import isoformat
from rtlakehouse.control import Role
from rtlakehouse.storage.erasures import Erasures, Wanted
from rtlakehouse.storage.log import read_commit
from running import broken

ERASURES, LEDGER = "/api/v1/erasures", "ops.ledger"


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A lake of some users, each of one event."""
    with site_on(tmp_path_factory.mktemp("erasures") / "lake", NOW) as site:
        for minutes, user in enumerate(("ada", "bob", "cleo")):
            seen = view(f"of-{user}", timedelta(minutes=2 - minutes))
            site.post(seen.replace(b'"user_id":"u"', f'"user_id":"{user}"'.encode()))
            site.refine()
        yield site


def ask(site: Site, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    return site.client.post(ERASURES, json=body, headers=headers or site.key())


def done(site: Site) -> None:
    """What was asked for is done, and shown."""
    with closing(make_lane(site.parts.settings, site.lake, site.clock)) as lane:
        turns(site, lane)
    ledger = site.lake.version(LEDGER)
    until(lambda: site.parts.catalog.latest.versions[LEDGER] >= ledger, "the catalog shows the newest ledger")


def test_a_user_is_erased_and_every_earlier_version_answers_410(shop: Site) -> None:
    latest = shop.parts.catalog.latest.versions
    as_of = ",".join(f"{name}={version}" for name, version in latest.items())
    ledger = read_commit(shop.lake.path(LEDGER), latest[LEDGER])
    assert ledger is not None
    reads = (
        "/kpis/latest",
        "/kpis/revenue",
        "/tables/silver.events/rows",
        "/quarantine",
        "/events",
        "/tables/bronze.events/rows",
    )
    asked_before = {path: shop.client.get(f"/api/v1{path}", params={"as_of": as_of}) for path in reads}
    assert {answer.status_code for answer in asked_before.values()} == {200}
    dry = ask(shop, user_id="ada").json()
    assert (dry["dry_run"], dry["job"], dry["would"][0]["detail"]) == (True, None, "would empty 1 records")
    made = ask(shop, user_id="ada", why="Request 4711.", dry_run=False)
    assert made.status_code == 200, made.text
    erasure, job = made.json()["erasure"], made.json()["job"]["id"]
    done(shop)
    assert (shop.get(f"/jobs/{job}")["state"], shop.get(f"/jobs/{job}")["erasure"]) == ("done", erasure)
    for path in reads:
        # Also what was asked before, and is in memory, and by who has the answer already.
        for headers in ({}, {"If-None-Match": asked_before[path].headers["etag"]}):
            gone = shop.client.get(f"/api/v1{path}", params={"as_of": as_of}, headers=headers)
            assert "was erased" in is_problem(gone, 410)["detail"]
        assert shop.client.get(f"/api/v1{path}").status_code == 200
    shop.get("/kpis/latest", status=410, as_of=isoformat(ledger.timestamp))
    assert broken(shop.lake) == []
    assert [event["user_id"] for event in shop.get("/events")["data"]] == ["cleo", "bob"]
    record = shop.get("/ledger/offsets/0/0")
    assert (record["fate"], record["reasons"]) == ("quarantined", ["erased"])
    found = shop.get(f"/erasures/{erasure}", headers=shop.key())
    assert (found["state"], found["checked"]["records"], found["records"]["silver.events"]) == ("done", 0, 1)
    changed = {each["table"] for each in found["tables"] if each["version"] is not None}
    assert changed == {
        "bronze.events",
        "silver.events",
        "silver.quarantine",
        *(f"gold.{n}_1m" for n in ("kpis", "products")),
        LEDGER,
    }
    assert all(each["first_version"] > latest[each["table"]] for each in found["tables"] if each["table"] in changed)
    now = shop.parts.catalog.latest.versions
    assert shop.get("/kpis/latest", as_of=",".join(f"{name}={version}" for name, version in now.items()))
    entries = [e for e in shop.get("/audit", headers=shop.key())["data"] if e["action"] in ("user.erase", "job.ask")]
    assert [entry["target"] for entry in entries] == [str(job), found["subject"]]
    assert re.search(r"\bada\b", str(entries) + str(found)) is None


def test_pins_hold_an_erasure_up_unless_they_are_to_be_broken(shop: Site) -> None:
    shop.client.post("/api/v1/pins", headers=shop.key(tenant_id="acme"))
    job = ask(shop, user_id="ada", dry_run=False).json()["job"]["id"]
    done(shop)
    failed = shop.get(f"/jobs/{job}")
    assert (failed["state"], "pins" in failed["error"]) == ("failed", True)
    assert [event["user_id"] for event in shop.get("/events")["data"]] == ["cleo", "bob", "ada"]
    again = ask(shop, user_id="ada", dry_run=False, break_pins=True).json()
    done(shop)
    assert shop.get(f"/jobs/{again['job']['id']}")["state"] == "done"
    (found,) = shop.get("/erasures", headers=shop.key())["data"]
    assert (found["id"], found["pins"]) == (again["erasure"], 1)


def test_a_request_that_is_sent_again_is_one_erasure(shop: Site) -> None:
    headers = shop.key() | {"Idempotency-Key": "request-4711"}
    first, second = (ask(shop, headers, user_id="ada", dry_run=False).json() for _ in range(2))
    assert first == second
    is_problem(ask(shop, headers, user_id="bob", dry_run=False), 422)
    done(shop)
    third = ask(shop, headers, user_id="ada", dry_run=False).json()
    assert (third["erasure"], third["job"]["state"]) == (first["erasure"], "done")
    erasures = Erasures(shop.lake)
    assert [erasures.open_of("default", user) for user in ("ada", "bob")] == [None, None]


def test_it_is_for_administrators_of_the_tenant(shop: Site) -> None:
    for method, path in (("POST", ""), ("GET", ""), ("GET", "/5e1f0c9a77b2")):
        is_problem(shop.client.request(method, f"{ERASURES}{path}", headers=shop.key(Role.INGEST)), 403)
    ask(shop, user_id="ada", dry_run=False)
    done(shop)
    (found,) = shop.get("/erasures", headers=shop.key())["data"]
    theirs = shop.key(tenant_id="acme")
    assert shop.get("/erasures", headers=theirs)["data"] == []
    assert "rtl" not in is_problem(shop.client.get(f"{ERASURES}/{found['id']}", headers=theirs), 404)["detail"]
    is_problem(ask(shop, user_id="ada", why="asked by ada", dry_run=False), 400)
    is_problem(ask(shop, user_id=""), 422)


def test_a_wish_of_another_process_is_not_told(shop: Site) -> None:
    erasures = Erasures(shop.lake)
    erasure = erasures.ask(Wanted("default", "ada", isoformat(NOW), "user:x"))
    is_problem(shop.client.get(f"{ERASURES}/{erasure}", headers=shop.key()), 404)
