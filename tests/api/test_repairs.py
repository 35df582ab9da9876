"""Repairs of quarantine over HTTP: tried, made once, followed; compared with what the oracle makes of bronze afterwards."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import oracle
from api.conftest import NOW
from api.serving import Site, records_of, site_on
from api.test_every_read import is_problem
from rtlakehouse.contract.refine import Limits
from rtlakehouse.control import Role
from running import append, broken, engine_on
from shapes import found_in

PRICES = {"members": {"price": "try_cast(replace(price, ',', '.') as decimal(18,4))"}}
# Without SQL, which takes a process.
FREE = {"merge": {"price": 1}}


def event(name: str, at: datetime = NOW - timedelta(minutes=3), **changes: Any) -> bytes:
    """A purchase of 12.5 EUR."""
    members = {"event_id": name, "event_type": "purchase", "user_id": "ada", "product_id": "tea", "price": 12.5, "quantity": 2}
    return json.dumps({**members, "currency": "EUR", "ts": int(at.timestamp() * 1000), **changes}).encode()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A lake to which each test brings records of its own."""
    with site_on(tmp_path_factory.mktemp("repairs") / "lake", NOW) as site:
        yield site


@dataclass(frozen=True)
class Spoilt:
    """Records of one test: the first is good, the prices of the five after it are texts, the last two are no JSON."""

    site: Site
    name: str
    receipts: list[str]

    @property
    def ids(self) -> list[str]:
        return [f"{receipt}-events" for receipt in self.receipts]

    def body(self, patch: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """A repair of all of them."""
        return {"filter": {"ids": self.ids, "reason": "type:price"}, "patch": patch or PRICES, **more}

    def left(self) -> list[int]:
        """Which of them no repair took."""
        rows = self.site.get("/quarantine", repaired="false", limit=1_000)["data"]
        return sorted(self.ids.index(row["id"]) for row in rows if row["id"] in self.ids)


@pytest.fixture
def spoilt(shared: Site, request: pytest.FixtureRequest) -> Spoilt:
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:6]
    later = event(f"{name} later", NOW - timedelta(minutes=1), price="2", user_id="bob")
    texts = {"point": "3.50", "comma": "1,5", "good": "9", "word": "x"}
    receipts = shared.post(
        *(event(f"{name} good"), *(event(f"{name} {which}", price=price) for which, price in texts.items()), later),
        *(event(f"{name} brace").replace(b"}", b",}"), b"\xff"),
    )
    shared.refine()
    return Spoilt(shared, name, receipts)


def post(site: Site, body: dict[str, Any], path: str = "repair", **headers: str) -> httpx.Response:
    return site.client.post(f"/api/v1/quarantine/{path}", json=body, headers={**headers, **site.key()})


def ask(site: Site, body: dict[str, Any], path: str = "repair", **headers: str) -> dict[str, Any]:
    answer = post(site, body, path, **headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def made(site: Site, body: dict[str, Any], path: str = "repair", **headers: str) -> dict[str, Any]:
    """A repair that is done, refined."""
    found = ask(site, {**body, "dry_run": False}, path, **headers)
    site.refine()
    return found


def gold_of(site: Site, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = site.get(f"/tables/{table}/rows")["data"]
    return [{name: value for name, value in row.items() if name != "tenant_id"} for row in rows]


def test_a_dry_run_says_what_then_happens_to_records_and_to_gold(spoilt: Spoilt) -> None:
    site, body = spoilt.site, spoilt.body()
    said = ask(site, body)
    assert (said["matched"], said["accepted"], said["duplicates"], said["still_rejected"]) == (5, 3, 1, 1)
    assert said["reasons"] == [{"reason": "missing:price", "records": 1}]
    fates = {row["id"]: row["fate"] for row in said["samples"]}
    assert [fates[spoilt.ids[i]] for i in range(1, 6)] == ["accepted", "accepted", "duplicate", "quarantined", "accepted"]
    effect = said["effect"]
    assert effect["windows"] == 2
    before = {table["table"]: gold_of(site, table["table"]) for table in effect["tables"]}
    made(site, body)
    for table in effect["tables"]:
        was, now = before[table["table"]], gold_of(site, table["table"])
        assert [row for row in now if row not in was] == [change["after"] for change in table["changes"]]
        assert [row for row in was if row not in now] == [change["before"] for change in table["changes"] if change["before"]]


def test_repaired_records_are_accounted_for_and_every_promise_holds(spoilt: Spoilt) -> None:
    site, before = spoilt.site, spoilt.site.get("/quarantine/summary")
    done = made(site, spoilt.body(why="A till."))["repair"]
    assert (done["state"], done["records"]) == ("pending", 4)
    listed = site.get("/quarantine/repairs")["data"]
    found = site.get(f"/quarantine/repairs/{done['id']}")
    assert found in listed
    assert found == {**done, "state": "done", "accepted": 3, "duplicates": 1, "quarantined": 0, "late": 3}
    assert (found["why"], found["patch"], found["filter"]["reason"]) == ("A till.", PRICES, "type:price")
    assert site.get("/ledger/balance")["difference"] == 0
    assert broken(site.lake) == []
    assert found_in(site.lake) == oracle.run(records_of(site.lake))
    summary = site.get("/quarantine/summary")
    assert (summary["records"], summary["repaired"]) == (before["records"], before["repaired"] + 4)
    assert next(row["repaired"] for row in summary["by_reason"] if row["reason"] == "type:price") == summary["repaired"]


def test_a_record_is_taken_once_and_what_stays_can_be_taken_by_another_patch(spoilt: Spoilt) -> None:
    site = spoilt.site
    made(site, spoilt.body())
    assert spoilt.left() == [4, 6, 7]
    again = made(site, spoilt.body())
    assert (again["matched"], again["accepted"], again["repair"]) == (1, 0, None)
    assert made(site, spoilt.body(FREE))["accepted"] == 1
    rewritten = {"record": r"regexp_replace(raw, ',\s*}', '}', 'g')"}
    assert made(site, {"filter": {"ids": spoilt.ids}, "patch": rewritten})["accepted"] == 1
    assert spoilt.left() == [7]


def test_a_request_that_is_sent_again_with_its_key_is_answered_with_what_it_did(spoilt: Spoilt) -> None:
    site, key = spoilt.site, {"Idempotency-Key": "till-1"}
    first = made(site, spoilt.body(FREE), **key)["repair"]
    again = made(site, spoilt.body(FREE), **key)
    assert (again["repair"]["id"], again["accepted"], again["duplicates"]) == (first["id"], 4, 1)
    other = spoilt.body(FREE, dry_run=False, limit=1)
    refused = post(site, other, **key)
    assert "Idempotency-Key" in is_problem(refused, 422)["detail"]


def test_the_receipt_of_a_record_says_what_became_of_it_since(spoilt: Spoilt) -> None:
    site = spoilt.site
    repair = made(site, spoilt.body(FREE))["repair"]["id"]
    accepted, doubled, untouched = (site.get(f"/events/receipts/{spoilt.receipts[i]}") for i in (1, 3, 6))
    assert {found["fate"] for found in (accepted, doubled, untouched)} == {"quarantined"}
    assert accepted["repair"] | {"window": None} == {
        "id": repair,
        "fate": "accepted",
        "event_id": f"{spoilt.name} point",
        "window": None,
        "late": True,
        "reasons": [],
        "duplicate_of": None,
    }
    original = spoilt.receipts[0].rpartition("-")[2]
    assert (doubled["repair"]["fate"], doubled["repair"]["duplicate_of"]) == ("duplicate", f"http/events/0/{original}")
    assert untouched["repair"] is None
    assert site.get(f"/quarantine/{spoilt.ids[1]}")["repaired_by"] == repair
    window = accepted["repair"]["window"]
    assert site.get(f"/windows/{window}/revisions")["data"][-1]["reason"] == "repaired_events"


def test_a_repaired_record_keeps_the_time_it_was_received(shared: Site) -> None:
    """A replayed file has no time of its own, so that its events may be years old."""
    long_ago = datetime(2011, 12, 9, 12, 50, tzinfo=UTC)
    append(shared.lake, [oracle.Record(event("old", long_ago, price="7"), 0, None, NOW, source="file", topic="till.csv")])
    shared.refine()
    assert made(shared, {"filter": {"source": "file"}, "patch": FREE})["accepted"] == 1
    stored = shared.get("/events/old")["event"]
    assert (stored["event_time"], stored["is_late"], stored["source"]) == ("2011-12-09T12:50:00Z", False, "repair")


def test_repairs_that_are_asked_for_at_once_take_each_record_once(spoilt: Spoilt) -> None:
    site, body = spoilt.site, spoilt.body(FREE, dry_run=False)
    answers: list[httpx.Response] = []
    asking = [threading.Thread(target=lambda: answers.append(post(site, body))) for _ in range(3)]
    for thread in asking:
        thread.start()
    while any(thread.is_alive() for thread in asking):
        site.engine.step()
    site.refine()
    assert {answer.status_code for answer in answers} <= {200, 429}
    assert sum(answer.json().get("repair") is not None for answer in answers) == 1
    assert sum(row["repaired_by"] is not None for row in map(site.get, [f"/quarantine/{id_}" for id_ in spoilt.ids[1:6]])) == 5


def test_while_a_repair_waits_for_the_engine_another_one_is_refused(spoilt: Spoilt) -> None:
    site, body = spoilt.site, spoilt.body(FREE, dry_run=False)
    waiting = ask(site, body)["repair"]
    assert site.get(f"/quarantine/repairs/{waiting['id']}") == waiting
    assert "GET /api/v1/pipeline" in is_problem(post(site, body), 429)["detail"]
    site.refine()


def test_records_are_admitted_as_they_are_once_the_limits_allow_them(tmp_path: Path) -> None:
    with site_on(tmp_path / "lake", NOW, late_limit_s=30 * 86_400.0) as site:
        site.post(event("old", NOW - timedelta(days=9)))
        site.refine()
        body = {"filter": {"reason": "too_late"}}
        assert made(site, body, "readmit")["accepted"] == 1
        # This engine has the limits of before: the record is rejected again, as one that can be admitted in its turn.
        assert [row["source"] for row in site.get("/quarantine", repaired="false")["data"]] == ["repair"]
        site.engine.close()
        site.engine = engine_on(site.lake, site.clock, limits=Limits(late=timedelta(days=30)))
        assert made(site, body, "readmit")["repair"]["kind"] == "readmit"
        assert site.get("/events/receipts/http-0-0")["repair"]["fate"] == "accepted"
        assert site.get("/events/old")["event"]["is_late"] is True


def test_only_an_admin_repairs_and_is_named(spoilt: Spoilt) -> None:
    site, body = spoilt.site, spoilt.body(FREE, dry_run=False)
    assert site.client.post("/api/v1/quarantine/repair", json=body, auth=None).status_code == 401
    assert site.client.post("/api/v1/quarantine/readmit", json={}, headers=site.key(Role.INGEST)).status_code == 403
    key = site.key()
    done = site.client.post("/api/v1/quarantine/repair", json=body, headers=key).json()["repair"]
    assert done["by"] in key["Authorization"]
    site.refine()


def test_records_of_another_tenant_are_out_of_reach(shared: Site) -> None:
    append(shared.lake, [oracle.Record(event("theirs", price="7"), 0, NOW, NOW, tenant_id="acme")])
    shared.refine()
    for filter_ in ({"source": "memory"}, {"ids": ["memory-0-0-t"]}):
        assert ask(shared, {"filter": filter_, "patch": FREE})["matched"] == 0


def test_what_a_merge_leaves_alone_stays_as_it_was_written(shared: Site) -> None:
    rest = b'"b":0.10000000000000000001},"price":99999999999999.12345,"half":"\\ud83d","currency":'
    (receipt,) = shared.post(b'{"extra":{"a":1,' + rest + b'"eur",' + event("m")[1:])
    shared.refine()
    patch = {"merge": {"currency": "EUR", "extra": {"a": None}}}
    (shown,) = ask(shared, {"filter": {"ids": [f"{receipt}-events"]}, "patch": patch})["samples"]
    assert shown["after"].startswith('{"extra":{' + rest.decode() + '"EUR"')


@pytest.mark.parametrize(
    ("patch", "status", "fix"),
    [
        ({"members": {"ts": "now()"}}, 400, "`ts`: The function now may not be called"),
        ({"members": {"price": "(select 1)"}}, 400, "not one SQL expression"),
        ({"members": {"price": "sum(price)"}}, 400, "over one row"),
        ({"members": {"price": "cost"}}, 400, "no column cost"),
        ({"members": {"price": "price::decimal(18,4)"}}, 400, "try_cast"),
        ({"record": "raw) from silver.events where (true"}, 400, "not one SQL expression"),
        ({"record": "raw", "merge": {}}, 422, "give one of merge, members and record"),
        ({}, 422, "give one of merge, members and record"),
    ],
)
def test_a_patch_that_cannot_be_says_the_fix(shared: Site, patch: dict[str, Any], status: int, fix: str) -> None:
    shared.post(event("x", price="x"))
    shared.refine()
    answer = post(shared, {"filter": {"reason": "type:price"}, "patch": patch})
    assert fix in is_problem(answer, status)["detail"]
