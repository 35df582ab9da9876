"""The pipeline over HTTP: its state, its batches by stage, how long records took, and a pause that holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.serving import Client, Site, records_of, until
from rtlakehouse.api.app import create_app
from rtlakehouse.clock import ManualClock, SystemClock
from rtlakehouse.engines.rates import Rates
from rtlakehouse.pipeline import Pipeline
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import commit_path, read_commit
from running import drain, engine_on

STAGES = ["refine", "dedupe", "silver", "gold"]
PAUSE, RESUME = "/api/v1/pipeline/pause", "/api/v1/pipeline/resume"


def event(number: int, at: datetime, **more: Any) -> bytes:
    members = {"event_id": f"e{number}", "event_type": "page_view", "user_id": "u", "product_id": "p", "price": 1, "quantity": 1}
    return json.dumps({**members, "currency": "EUR", "ts": round(at.timestamp() * 1000), **more}).encode()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Site]:
    """An API and an engine that go by the real time."""
    path = tmp_path / "lake"
    app = create_app(Settings(lake=path, allowed_hosts="rtl.test", read_limit=False, linger_ms=0, catalog_poll_ms=2))
    with Client(app) as client:
        lake = Lake.open(path)
        engine = engine_on(lake, SystemClock())
        try:
            yield Site(app, client, ManualClock(datetime.now(UTC)), lake, engine)
        finally:
            engine.close()


def test_batches_are_the_ledger_s_with_the_time_of_each_stage(site: Site) -> None:
    found = site.get("/pipeline/batches", limit=1000)["data"]
    assert [row["batch"] for row in found] == sorted((row["batch"] for row in found), reverse=True)
    mine = [record for record in records_of(site.lake) if record.tenant_id == "default"]
    assert sum(row["received"] for row in found) == len(mine)
    assert all(row["received"] == row["accepted"] + row["duplicates"] + row["quarantined"] for row in found)
    for row in found:
        assert list(row["timing"]["took_us"]) == STAGES
        assert all(took >= 0 for took in row["timing"]["took_us"].values())
        ended = [row["timing"]["ended"][stage] for stage in STAGES]
        assert [row["timing"]["begun"], *ended] == sorted([row["timing"]["begun"], *ended])
        assert row["versions"]["bronze.events"] == row["batch"]


def test_batches_come_in_pages_that_hold_still(site: Site) -> None:
    whole = site.get("/pipeline/batches", limit=1000)["data"]
    first = site.get("/pipeline/batches", limit=7)
    second = site.get("/pipeline/batches", limit=7, cursor=first["next_cursor"])
    assert first["data"] + second["data"] == whole[:14]


def test_a_batch_whose_commit_was_cleaned_away_is_there_without_its_timing_in_another_answer(live: Site) -> None:
    live.post(event(1, datetime.now(UTC)))
    live.refine()
    paths = ("/api/v1/pipeline/batches", "/api/v1/pipeline/latency")
    before = [live.client.get(path).headers["ETag"] for path in paths]
    version = live.lake.version("ops.ledger")
    commit = read_commit(live.lake.path("ops.ledger"), version)
    assert commit is not None
    commit_path(live.lake.path("ops.ledger"), version).unlink()
    (row,) = live.get("/pipeline/batches")["data"]
    assert (row["received"], row["timing"]) == (1, None)
    assert all(live.client.get(path).headers["ETag"] != tag for path, tag in zip(paths, before, strict=True))


def test_latency_is_what_the_recorded_times_say(live: Site) -> None:
    before = datetime.now(UTC)
    for number in range(5):
        live.post(event(number, before))
        live.refine()
    passed_us = (datetime.now(UTC) - before) / timedelta(microseconds=1)
    found = live.get("/pipeline/latency")
    assert (found["batches"], found["records"]) == (5, 5)
    stages = {stage["stage"]: stage for stage in found["stages"]}
    assert list(stages) == [
        *("received to bronze", "bronze to silver", "silver to gold", "gold to readable"),
        "received to readable",
    ]
    for stage in stages.values():
        assert stage["records"] == 5
        # A log's times are whole milliseconds.
        assert -1_000 <= stage["p50_us"] <= stage["p90_us"] <= stage["p99_us"] <= stage["max_us"] <= passed_us + 1_000
    total = stages.pop("received to readable")
    assert max(stage["p50_us"] for stage in stages.values()) <= total["max_us"] + 1_000
    assert total["max_us"] <= sum(stage["max_us"] for stage in stages.values())
    assert live.get("/pipeline/latency", batches=2)["records"] == 2


def test_an_empty_lake_has_no_batches_and_no_latency(fresh: Site) -> None:
    assert fresh.get("/pipeline/batches")["data"] == []
    found = fresh.get("/pipeline/latency")
    assert found["records"] == 0
    assert {stage["p99_us"] for stage in found["stages"]} == {None}


def test_the_state_says_what_the_engine_says_and_how_far_each_table_is(live: Site) -> None:
    down = live.get("/pipeline")
    assert (down["state"], down["engine"], down["stages"]) == ("down", None, [])
    with live.lake.lock("engine", datetime.now(UTC)):
        live.post(event(1, datetime.now(UTC)))
        waiting = live.get("/pipeline")
        assert waiting["state"] == "running"
        assert {table["name"]: table["lag_versions"] for table in waiting["tables"]}["bronze.events"] == 1
        clock = ManualClock(datetime.now(UTC))
        rates = Rates(live.lake, clock, "embedded", timedelta(milliseconds=20))
        clock.advance(timedelta(seconds=2))
        rates.observe(live.engine.step() or pytest.fail("there was no batch"))
        live.seen()
        found = live.get("/pipeline")
    assert (found["engine"], found["last_batch_records"], found["behind_ms"]) == ("embedded", 1, 0)
    assert [stage["name"] for stage in found["stages"]] == [*STAGES, "ledger"]
    assert {table["lag_versions"] for table in found["tables"]} == {0}


def test_a_paused_engine_lets_posts_wait_in_bronze_and_says_so_everywhere(live: Site) -> None:
    pipeline = Pipeline(live.lake, live.engine, SystemClock(), None)
    paused = live.client.post(PAUSE, json={"why": "a reload"}).json()
    assert (paused["paused"], paused["pause"]["why"]) == (True, "a reload")
    assert live.client.post(PAUSE, json={"why": "another"}).json() == paused
    with live.lake.lock("engine", datetime.now(UTC)):
        (receipt,) = live.post(event(1, datetime.now(UTC)))
        assert pipeline.drain() == 0
        assert live.get(f"/events/receipts/{receipt}")["fate"] == "pending"
        assert live.get("/pipeline")["state"] == "paused"
        engine = next(part for part in live.get("/health")["parts"] if part["name"] == "engine")
        assert (engine["status"], "a reload" in engine["why"]) == ("degraded", True)
        assert paused_gauge(live) == 1
        assert live.client.post(RESUME).json() == paused | {"paused": False}
        assert live.client.post(RESUME).json() == {"paused": False, "pause": None}
        assert live.client.post(PAUSE).json()["pause"]["why"] == ""
        live.client.post(RESUME)
        assert pipeline.drain() == 1
        until(lambda: live.get(f"/events/receipts/{receipt}")["fate"] == "accepted", "the event is accepted")
        assert (live.get("/pipeline")["state"], paused_gauge(live)) == ("running", 0)


def paused_gauge(site: Site) -> float:
    families = text_string_to_metric_families(site.client.get("/metrics").text)
    return next(sample.value for family in families for sample in family.samples if sample.name == "rtl_pipeline_paused")


def test_the_commit_of_a_batch_holds_its_timing(live: Site) -> None:
    live.post(event(1, datetime.now(UTC)))
    drain(live.engine)
    commit = read_commit(live.lake.path("ops.ledger"), live.lake.version("ops.ledger"))
    assert commit is not None
    assert commit.metadata["timing"].keys() == {"begun", "took_us", "ended"}
    assert commit.metadata["received"] == 1
