"""Jobs over HTTP, done by a pipeline as the engine's process runs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.conftest import NOW
from api.serving import Site, site_on
from api.test_every_read import is_problem
from rtlakehouse.assembly import make_lane
from rtlakehouse.control import Role
from rtlakehouse.jobs import JobLane
from rtlakehouse.pipeline import Pipeline
from running import append_rows, broken
from storage.damage import LEDGER, change
from storage.rows import numbered

JOBS = "/api/v1/jobs"


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A lake with some small files, whose jobs each test does itself."""
    with site_on(tmp_path_factory.mktemp("jobs") / "lake", NOW) as site:
        for number in range(12):
            append_rows(site.lake, numbered(number))
        site.refine()
        yield site


@pytest.fixture
def lane(worked: Site) -> Iterator[JobLane]:
    with closing(make_lane(worked.parts.settings, worked.lake, worked.clock)) as found:
        yield found


def ask(site: Site, body: dict[str, Any], **headers: str) -> httpx.Response:
    return site.client.post(JOBS, json=body, headers={**site.key(), **headers})


def asked(site: Site, **body: Any) -> int:
    answer = ask(site, body)
    assert answer.status_code == 200, answer.text
    number: int = answer.json()["job"]["id"]
    return number


def turns(site: Site, lane: JobLane) -> None:
    """Turns of the engine's process until no job is left."""
    pipeline = Pipeline(site.lake, site.engine, site.clock, None, lane=lane)
    while any(job["state"] in ("queued", "running") for job in site.get("/jobs")["data"]):
        pipeline.turn()
        site.clock.advance(timedelta(seconds=1))


def test_a_job_is_done_by_the_engine_and_says_what_it_did(worked: Site, lane: JobLane) -> None:
    job = asked(worked, kind="optimize", tables=["bronze.events"], why="Small files.")
    queued = worked.get(f"/jobs/{job}")
    assert (queued["state"], queued["steps"], queued["result"]) == ("queued", 0, [])
    dry = ask(worked, {"kind": "optimize", "tables": ["bronze.events"], "dry_run": True}).json()
    assert (dry["job"], dry["would"][0]["detail"]) == (None, "would gather 12 files")
    turns(worked, lane)
    done = worked.get(f"/jobs/{job}")
    assert (done["state"], done["done"], done["steps"], done["why"]) == ("done", 1, 1, "Small files.")
    assert done["result"][0]["detail"] == "12 files into 1"
    assert len(worked.lake.files("bronze.events")) == 1
    assert worked.get("/jobs", limit=1)["data"] == [done]


def test_jobs_of_every_kind_are_done_in_their_order(worked: Site, lane: JobLane) -> None:
    numbers = [asked(worked, kind=kind) for kind in ("checkpoint", "vacuum", "snapshot", "verify")]
    turns(worked, lane)
    found = [worked.get(f"/jobs/{number}") for number in numbers]
    assert [job["state"] for job in found] == ["done"] * 4
    assert all(row["holds"] for row in found[3]["result"])
    assert len(found[3]["result"]) == found[3]["steps"] == found[3]["done"]
    assert sorted(job["started_at"] for job in found) == [job["started_at"] for job in found]


def test_a_backfill_is_a_job_of_a_range(worked: Site, lane: JobLane) -> None:
    hour = {"kind": "backfill", "from": "2026-11-24T12:00:00Z", "to": "2026-11-24T13:00:00Z"}
    dry = ask(worked, hour | {"dry_run": True}).json()
    assert [row["detail"] for row in dry["would"]] == ["Nothing differs: 12 records were looked at."]
    change(worked.lake, "silver.quarantine", lambda rows: rows[3].update(reasons=["too_deep"]))
    job = asked(worked, **hour)
    turns(worked, lane)
    found = worked.get(f"/jobs/{job}")
    assert (found["state"], found["from"], found["to"]) == ("done", hour["from"], hour["to"])
    done, *made = found["result"]
    assert done["detail"] == "put 1 rows in place of 1"
    assert {row["table"]: row["version"] for row in made} == {
        name: worked.lake.version(name) for name in ("silver.quarantine", LEDGER)
    }
    assert broken(worked.lake) == []


def test_a_table_is_restored_as_it_was_shown(worked: Site, lane: JobLane) -> None:
    path, version = "/api/v1/tables/silver.quarantine/restore", worked.lake.version("silver.quarantine")
    before = worked.lake.read("silver.quarantine").sort_by("position")
    is_problem(worked.client.post(path, json={"version": version}, auth=None), 401)
    is_problem(worked.client.post(path, json={"version": 1_000}, headers=worked.key()), 404)
    is_problem(worked.client.post(path.replace("silver.quarantine", LEDGER), json={"version": 1}, headers=worked.key()), 400)
    change(worked.lake, "silver.quarantine", lambda rows: rows[3].update(reasons=["too_deep"]))
    shown = worked.client.post(path, json={"version": version}, headers=worked.key()).json()
    assert [row["detail"] for row in shown["would"]] == ["would put 1 rows in place of 1"]
    assert (shown["versions"]["silver.quarantine"], shown["job"]) == (version, None)
    is_problem(worked.client.post(path, json={"version": version, "dry_run": False}, headers=worked.key()), 400)
    wanted = {"version": version, "dry_run": False, "token": shown["token"], "why": "By mistake."}
    first, again = (
        worked.client.post(path, json=wanted, headers=worked.key() | {"Idempotency-Key": "restore"}).json()["job"]["id"]
        for _ in range(2)
    )
    assert first == again
    turns(worked, lane)
    found = worked.get(f"/jobs/{first}")
    assert (found["state"], found["kind"], found["version"], found["why"]) == ("done", "restore", version, "By mistake.")
    assert worked.lake.read("silver.quarantine").sort_by("position").equals(before)
    assert broken(worked.lake) == []
    worked.refine()
    entries = worked.get("/history/timeline")["data"]
    assert {entry["table"] for entry in entries if entry["operation"] == "RESTORE"} == {"silver.quarantine", LEDGER}


def test_a_check_that_finds_a_difference_is_a_job_that_failed(worked: Site, lane: JobLane) -> None:
    append_rows(worked.lake, numbered(40))
    worked.refine()
    job = asked(worked, kind="verify")
    turns(worked, lane)
    found = worked.get(f"/jobs/{job}")
    assert (found["state"], found["error"]) == ("failed", f"1 of {found['steps']} checks failed.")
    assert [row["check"] for row in found["result"] if not row["holds"]] == ["positions without gap"]


def test_a_job_that_is_cancelled_ends_before_its_next_step(worked: Site, lane: JobLane) -> None:
    job, waiting = asked(worked, kind="verify"), asked(worked, kind="verify")
    assert lane.is_due()
    lane.advance()
    for number in (job, waiting):
        assert worked.client.post(f"{JOBS}/{number}/cancel", headers=worked.key()).status_code == 200
    turns(worked, lane)
    found = worked.get(f"/jobs/{job}")
    assert (found["state"], found["done"], len(found["result"])) == ("cancelled", 1, 1)
    assert worked.get(f"/jobs/{waiting}")["state"] == "cancelled"


def test_a_job_that_ran_when_the_engine_ended_is_begun_again_by_the_next(worked: Site, lane: JobLane) -> None:
    job = asked(worked, kind="checkpoint")
    assert lane.is_due()
    lane.advance()
    assert worked.get(f"/jobs/{job}")["state"] == "running"
    with closing(make_lane(worked.parts.settings, worked.lake, worked.clock)) as another:
        turns(worked, another)
    found = worked.get(f"/jobs/{job}")
    assert (found["state"], found["attempts"], found["done"]) == ("done", 2, found["steps"])


def test_the_store_is_not_asked_at_every_turn(worked: Site, lane: JobLane) -> None:
    turns(worked, lane)
    assert not lane.is_due()
    job = asked(worked, kind="checkpoint")
    assert not lane.is_due()
    worked.clock.advance(timedelta(seconds=1))
    assert lane.is_due()
    turns(worked, lane)
    assert worked.get(f"/jobs/{job}")["state"] == "done"


def test_a_request_that_is_sent_again_with_its_key_queues_one_job(worked: Site) -> None:
    key = worked.key() | {"Idempotency-Key": "once"}
    first, again = (worked.client.post(JOBS, json={"kind": "snapshot"}, headers=key).json()["job"] for _ in range(2))
    assert first == again
    is_problem(worked.client.post(JOBS, json={"kind": "verify"}, headers=key), 422)
    worked.client.post(f"{JOBS}/{first['id']}/cancel", headers=worked.key())


def test_only_an_admin_asks_and_only_its_tenant_sees(worked: Site) -> None:
    job = asked(worked, kind="snapshot")
    is_problem(worked.client.post(JOBS, json={"kind": "snapshot"}, auth=None), 401)
    is_problem(worked.client.post(f"{JOBS}/{job}/cancel", headers=worked.key(Role.INGEST)), 403)
    other = worked.key(tenant_id="acme")
    is_problem(worked.client.get(f"{JOBS}/{job}", headers=other), 404)
    is_problem(worked.client.post(f"{JOBS}/{job}/cancel", headers=other), 404)
    assert worked.client.get(JOBS, headers=other).json()["data"] == []
    worked.client.post(f"{JOBS}/{job}/cancel", headers=worked.key())


@pytest.mark.parametrize(
    ("body", "status", "fix"),
    [
        ({"kind": "optimise"}, 422, "optimize"),
        ({"kind": "backfill", "from": "2026-11-24T12:00:00Z"}, 400, "`from` and `to`"),
        ({"kind": "backfill", "from": "2026-11-24T12:00:00Z", "to": "2027-11-24T12:00:00Z"}, 400, "31 days"),
        ({"kind": "verify", "from": "2026-11-24T12:00:00Z"}, 400, "no range"),
        ({"kind": "optimize", "tables": ["silver.event"]}, 404, "silver.events"),
        ({"kind": "verify", "tables": ["silver.events"]}, 400, "name no tables"),
        ({"kind": "optimize", "retention_s": 5}, 400, "retention_s"),
    ],
)
def test_what_cannot_be_asked_says_the_fix(worked: Site, body: dict[str, Any], status: int, fix: str) -> None:
    assert fix in is_problem(ask(worked, body), status)["detail"]


def test_pages_of_jobs_follow_each_other(worked: Site) -> None:
    for _ in range(3):
        asked(worked, kind="snapshot")
    first = worked.get("/jobs", limit=2, state="queued")
    second = worked.get("/jobs", limit=2, state="queued", cursor=first["next_cursor"])
    numbers = [job["id"] for job in first["data"] + second["data"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 3
    assert "next_cursor" in is_problem(worked.client.get(f"{JOBS}?cursor=x"), 400)["detail"]
