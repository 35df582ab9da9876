"""What changes something takes an `Idempotency-Key`: sent again it is answered the same and changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.conftest import NOW
from api.serving import Site, rfc3339, site_on
from api.test_every_read import is_problem
from rtlakehouse.alerts import Evaluator
from rtlakehouse.api.alerts.service import make_evaluator
from rtlakehouse.control import AlertLog, Role

KEYS, QUERIES, RULES = "/api/v1/keys", "/api/v1/queries", "/api/v1/alerts/rules"
PAUSE, RESUME = "/api/v1/pipeline/pause", "/api/v1/pipeline/resume"
RULE: dict[str, Any] = {
    "name": "any",
    "condition": {"kind": "metric", "metric": "events", "minutes": 1},
    "comparison": "ge",
    "threshold": 0,
    "for_s": 0,
}
SAVED = {"name": "all", "sql": "select count(*) as n from silver.events"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found: Path = tmp_path_factory.mktemp("once") / "lake"
    return found


@pytest.fixture(scope="module")
def shop(lake: Path) -> Iterator[Site]:
    with site_on(lake, NOW) as site:
        yield site


def post(shop: Site, path: str, headers: dict[str, str], once: str, body: Any = None) -> httpx.Response:
    return shop.client.post(path, json=body, headers=headers | {"Idempotency-Key": once})


def told(shop: Site, headers: dict[str, str], **which: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.client.get("/api/v1/audit", params=which, headers=headers).json()["data"]
    return found


def audited(shop: Site, headers: dict[str, str], action: str) -> list[dict[str, Any]]:
    return told(shop, headers, action=action)


def test_a_key_is_made_once_and_its_text_told_again_though_it_is_kept_nowhere(shop: Site, lake: Path) -> None:
    admin = shop.key(Role.ADMIN, "making")
    first, again = (post(shop, KEYS, admin, "till", {"role": "ingest", "name": "till"}) for _ in range(2))
    assert (first.status_code, again.status_code, again.headers["cache-control"]) == (201, 201, "no-store")
    assert again.content == first.content
    text = first.json()["text"]
    whoami = shop.client.get("/api/v1/whoami", headers={"X-API-Key": text}).json()
    assert (whoami["role"], whoami["key_id"]) == ("ingest", first.json()["key"]["id"])
    assert len(audited(shop, admin, "key.create")) == 2
    with sqlite3.connect(lake / "_rtl" / "control.db") as store:
        kept = "\n".join(store.iterdump())
    assert text.split("_")[1] in kept
    assert text.split("_")[2] not in kept


def test_another_key_of_the_tenant_is_not_told_the_text(shop: Site) -> None:
    mine, other = shop.key(Role.ADMIN, "two"), shop.key(Role.ADMIN, "two")
    made = [post(shop, KEYS, headers, "till", {}).json() for headers in (mine, other)]
    assert made[0]["key"]["id"] != made[1]["key"]["id"]
    assert made[0]["text"].split("_")[2] != made[1]["text"].split("_")[2]


@pytest.mark.parametrize(("path", "body", "other"), [(KEYS, {}, {"name": "x"}), (QUERIES, SAVED, SAVED | {"description": "x"})])
def test_a_key_that_comes_with_another_body_or_elsewhere_is_refused(shop: Site, path: str, body: Any, other: Any) -> None:
    admin = shop.key(Role.ADMIN, "reusing")
    assert post(shop, path, admin, f"a-{path}", body).status_code == 201
    for where, what in ((path, other), (RESUME, None)):
        assert "another request" in is_problem(post(shop, where, admin, f"a-{path}", what), 422)["detail"]


def test_of_many_at_once_one_is_made_and_all_are_told_of_it(shop: Site) -> None:
    admin = shop.key(Role.ADMIN, "crowd")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: post(shop, KEYS, admin, "one", {"name": "one"}), range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(shop.client.get(KEYS, headers=admin).json()["data"]) == 2


@pytest.mark.parametrize(
    ("path", "bodies"),
    [
        (KEYS, ({"name": "a"}, {"name": "b"})),
        (QUERIES, (SAVED, SAVED | {"name": "another"})),
        (RULES, (RULE, RULE | {"name": "another"})),
        ("/api/v1/pins", ({"note": "a"}, {"note": "b"})),
        ("/api/v1/jobs", ({"kind": "verify"}, {"kind": "checkpoint"})),
        (PAUSE, ({"why": "a"}, {"why": "b"})),
    ],
)
def test_of_many_at_once_with_one_key_and_other_bodies_one_is_done(shop: Site, path: str, bodies: tuple[Any, Any]) -> None:
    admin = shop.key(Role.ADMIN, "mixed")
    before = len(told(shop, admin))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda i: post(shop, path, admin, f"mixed{path}", bodies[i % 2]), range(16)))
    assert len({answer.content for answer in answers if answer.status_code < 300}) == 1
    first = next(i for i, answer in enumerate(answers) if answer.status_code < 300)
    # To save a query takes a process that tries it, and there are few.
    assert {answer.status_code for answer in answers[first % 2 :: 2]} <= {answers[first].status_code, 429}
    for refused in answers[1 - first % 2 :: 2]:
        is_problem(refused, 429 if refused.status_code == 429 else 422)
    assert len(told(shop, admin)) == before + 1
    assert shop.client.post(RESUME, headers=admin).status_code == 200


def test_a_saved_query_that_was_deleted_is_not_saved_again_by_who_lost_the_answer(shop: Site) -> None:
    admin = shop.key(Role.ADMIN, "saving")
    made = post(shop, QUERIES, admin, "q", SAVED).json()
    shop.client.request("DELETE", f"{QUERIES}/{made['id']}", headers=admin)
    assert post(shop, QUERIES, admin, "q", SAVED).json() == made
    assert shop.client.get(QUERIES, headers=admin).json()["data"] == []


def test_a_pause_that_comes_again_late_does_not_pause_again(shop: Site) -> None:
    admin = shop.key()
    paused = post(shop, PAUSE, admin, "p", {"why": "a reload"}).json()
    resumed = post(shop, RESUME, admin, "r").json()
    assert (paused["paused"], resumed["paused"], resumed["pause"]) == (True, False, paused["pause"])
    assert post(shop, PAUSE, admin, "p", {"why": "a reload"}).json() == paused
    assert post(shop, RESUME, admin, "r").json() == resumed
    assert shop.get("/pipeline")["state"] != "paused"


def test_pausing_and_resuming_are_written_down_where_they_change_something(shop: Site) -> None:
    admin = shop.key()
    before = [len(audited(shop, admin, action)) for action in ("pipeline.pause", "pipeline.resume")]
    for path in (RESUME, PAUSE, PAUSE, RESUME, RESUME):
        assert shop.client.post(path, headers=admin).status_code == 200
    assert [len(audited(shop, admin, action)) for action in ("pipeline.pause", "pipeline.resume")] == [n + 1 for n in before]


def test_a_job_is_cancelled_once(shop: Site) -> None:
    admin = shop.key(Role.ADMIN, "cancelling")
    job = post(shop, "/api/v1/jobs", admin, "j", {"kind": "verify"}).json()["job"]["id"]
    answers = [post(shop, f"/api/v1/jobs/{job}/cancel", admin, "c") for _ in range(2)]
    answers.append(shop.client.post(f"/api/v1/jobs/{job}/cancel", headers=admin))
    assert {(answer.status_code, answer.json()["state"]) for answer in answers} == {(200, "cancelled")}
    assert len(audited(shop, admin, "job.cancel")) == 1


def test_a_silence_that_comes_again_late_does_not_begin_again(shop: Site) -> None:
    admin = shop.key(Role.ADMIN, "silencing")
    assert shop.client.post(RULES, json=RULE, headers=admin).status_code == 201
    evaluated(shop)
    (alert,) = AlertLog(shop.parts.store, shop.clock).newest("silencing", 1)
    path, until = f"/api/v1/alerts/{alert.id}/silence", rfc3339(round(NOW.timestamp() * 1e6) + 3_600_000_000)
    silent = post(shop, path, admin, "s", {"until": until, "why": "known"}).json()
    assert silent["silence"]["until"] == until
    ended = post(shop, path, admin, "e", {"until": "2020-01-01T00:00:00Z", "why": "over"}).json()
    assert ended["silence"] is None
    assert post(shop, path, admin, "s", {"until": until, "why": "known"}).json() == silent
    assert shop.client.get("/api/v1/alerts", headers=admin).json()["data"][0]["silence"] is None


def evaluated(shop: Site) -> None:
    evaluator: Evaluator = make_evaluator(shop.parts.settings, shop.parts.store, shop.parts.answers, shop.clock)
    evaluator.evaluate()


def test_it_is_known_after_a_restart(tmp_path: Path) -> None:
    with site_on(tmp_path / "lake", NOW) as site:
        admin = site.key()
        made = post(site, KEYS, admin, "k", {}).json()
    with site_on(tmp_path / "lake", NOW) as site:
        assert post(site, KEYS, admin, "k", {}).json() == made
