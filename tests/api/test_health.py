"""How the system says how it is: alive, ready, each part with a reason, what runs here, and figures for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.conftest import NOW
from api.serving import Site, until
from api.sockets import connected, listening
from rtlakehouse import __version__
from rtlakehouse.contract.contract import load
from rtlakehouse.home.status import HomeStatus, write_status
from rtlakehouse.storage.log import read_commit
from rtlakehouse.storage.progress import Progress, write_progress

METRICS = "/metrics"


@pytest.fixture
def running(fresh: Site) -> Iterator[Site]:
    """An API on a lake that an engine has."""
    with fresh.lake.lock("engine", NOW):
        yield fresh


def parts_of(site: Site) -> dict[str, tuple[str, str]]:
    """Status and reason of each part; the whole under ''."""
    document = site.get("/health")
    found = {part["name"]: (part["status"], part["why"]) for part in document["parts"]}
    assert list(found) == ["api", "gateway", "engine", "data", "search"]
    assert all(why[-1] == "." for _, why in found.values()), found
    return {"": (document["status"], ""), **found}


def since_the_post(site: Site, passed: timedelta) -> None:
    """Set the clock to that long after the newest commit of bronze."""
    commit = read_commit(site.lake.path("bronze.events"), site.lake.version("bronze.events"))
    assert commit is not None
    site.clock.advance(commit.timestamp + passed - site.clock.now())


def test_all_is_well_where_an_engine_works_and_nothing_waits(running: Site) -> None:
    found = parts_of(running)
    assert {status for status, _ in found.values()} == {"ok"}
    assert "The engine with pid" in found["engine"][1]
    assert "0 ms behind" in found["data"][1]
    assert running.get("/health/live") == {"status": "ok"}
    assert running.get("/health/ready") == {"ready": True}


def test_without_an_engine_it_is_down_and_says_how_to_start_one(fresh: Site) -> None:
    found = parts_of(fresh)
    assert found[""][0] == found["engine"][0] == "down"
    assert "rtl run" in found["engine"][1]
    assert fresh.get("/health/ready") == {"ready": True}


def test_what_waits_for_the_engine_too_long_degrades(running: Site) -> None:
    running.post(b"1")
    since_the_post(running, timedelta(seconds=10))
    assert parts_of(running)["data"][0] == "ok"
    since_the_post(running, timedelta(seconds=11))
    found = parts_of(running)
    assert found[""][0] == "degraded"
    assert found["data"] == ("degraded", "What is shown is 11,000 ms behind what was acknowledged.")
    running.refine()
    assert parts_of(running)["data"] == ("ok", "What is shown is 0 ms behind what was acknowledged.")


def test_a_log_that_cannot_be_followed_is_said_and_what_was_read_is_served(running: Site) -> None:
    running.post(b"1")
    running.refine()
    log = running.lake.path("ops.ledger") / "_delta_log"
    broken = log / f"{running.lake.version('ops.ledger') + 1:020}.json"
    broken.write_bytes(b"no JSON")
    until(lambda: parts_of(running)["data"][0] == "down", "the fault is seen")
    found = parts_of(running)
    assert found[""][0] == "down"
    assert "cannot follow the lake" in found["data"][1]
    assert "still served" in found["data"][1]
    assert running.get("/ledger/balance")["received"] == 1
    broken.unlink()
    until(lambda: parts_of(running)["data"][0] == "ok", "the catalog follows again")


def test_a_gateway_that_cannot_store_is_down_and_not_ready(running: Site) -> None:
    log = running.lake.path("bronze.events") / "_delta_log"
    aside = log.rename(log.with_name("aside"))
    assert running.client.post("/api/v1/events", content=b"1").status_code == 503
    found = parts_of(running)
    assert found[""][0] == found["gateway"][0] == "down"
    assert running.get("/health/ready", status=503)["detail"] == found["gateway"][1]
    assert running.get("/health/live") == {"status": "ok"}
    aside.rename(log)


def test_the_version_names_release_contract_and_lake(site: Site) -> None:
    found = site.get("/version")
    assert found == {
        "name": "rtlakehouse",
        "version": __version__,
        "contract_version": load().version,
        "lake": str(site.lake.root),
    }


Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(site: Site) -> Samples:
    """Every sample of /metrics by its name and labels, as Prometheus reads them."""
    answer = site.client.get(METRICS)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"
    families = text_string_to_metric_families(answer.text)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def risen(before: Samples, after: Samples, name: str, **labels: str) -> float:
    place = name, tuple(sorted(labels.items()))
    return after[place] - before.get(place, 0)


def test_the_lakes_figures_are_its_ledger_and_its_tables(fresh: Site) -> None:
    view = (
        f'{{"event_id":"e","event_type":"page_view","user_id":"u","product_id":"p","price":1,"quantity":1,"currency":"EUR",'
        f'"ts":{round((NOW - timedelta(minutes=1)).timestamp() * 1000)}}}'
    ).encode()
    fresh.post(view, view, b"broken")
    since_the_post(fresh, timedelta(seconds=3))
    assert samples(fresh)["rtl_data_behind_seconds", ()] == 3
    fresh.refine()
    found = samples(fresh)
    fates = {"received": 3, "accepted": 1, "duplicates": 1, "quarantined": 1, "late": 1}
    for fate, count in fates.items():
        assert found["rtl_ledger_records", (("fate", fate),)] == count
    assert found["rtl_ledger_difference", ()] == 0
    assert found["rtl_data_behind_seconds", ()] == 0
    for summary in fresh.get("/tables")["data"]:
        for figure in ("version", "rows", "files", "bytes"):
            assert found[f"rtl_table_{figure}", (("table", summary["name"]),)] == summary[figure]


def test_what_the_engine_says_of_its_last_batch_is_told(running: Site) -> None:
    assert not [name for name, _ in samples(running) if name.startswith("rtl_engine")]
    said = Progress("spark", "2026-11-24T12:00:00Z", 7, 3_000, 300.0, 750.0, {"refine": 1.0, "gold": 3.0}, 50, 10.0)
    write_progress(running.lake, said)
    found = samples(running)
    of_spark = ("engine", "spark")
    assert found["rtl_engine_batch_records", (of_spark,)] == 3_000
    assert found["rtl_engine_input_records_per_second", (of_spark,)] == 300
    assert found["rtl_engine_processed_records_per_second", (of_spark,)] == 750
    assert found["rtl_engine_waiting_records", (of_spark,)] == 50
    assert found["rtl_engine_stage_seconds", (of_spark, ("stage", "gold"))] == 3
    assert "spark, last batch 3,000 records" in parts_of(running)["engine"][1]


def test_an_engine_that_looks_seldom_may_let_records_wait_as_much_longer(running: Site) -> None:
    write_progress(running.lake, Progress("spark", "2026-11-24T12:00:00Z", 0, 0, 0.0, 0.0, {}, 0, 10.0))
    running.post(b"1")
    since_the_post(running, timedelta(seconds=20))
    assert parts_of(running)["data"][0] == "ok"
    since_the_post(running, timedelta(seconds=21))
    assert parts_of(running)["data"][0] == "degraded"


def test_requests_are_counted_by_route_method_and_status(fresh: Site) -> None:
    before = samples(fresh)
    fresh.get("/windows")
    fresh.get("/windows/1999-12-31T23:59:00Z", status=404)
    fresh.client.request("HEAD", "/api/v1/windows")
    fresh.client.request("BREW", "/api/v1/windows")
    fresh.get("/nothing/at/all", status=404)
    fresh.post(b"1", b"2")
    after = samples(fresh)
    counted = "rtl_http_requests_total"
    assert risen(before, after, counted, method="GET", route="list_windows", status="200") == 1
    assert risen(before, after, counted, method="HEAD", route="list_windows", status="200") == 1
    assert risen(before, after, counted, method="GET", route="get_window", status="404") == 1
    assert risen(before, after, counted, method="GET", route="unmatched", status="404") == 1
    assert risen(before, after, counted, method="POST", route="post_events", status="202") == 1
    assert "BREW" not in str(after)
    assert risen(before, after, "rtl_http_request_seconds_count", route="list_windows") >= 2
    assert risen(before, after, "rtl_gateway_events_total") == 2
    assert risen(before, after, "rtl_gateway_commit_seconds_count") == 1


def test_what_is_refused_is_not_counted_as_acknowledged(fresh: Site) -> None:
    before = samples(fresh)
    assert fresh.client.post("/api/v1/events", content=b"no JSON").status_code == 400
    after = samples(fresh)
    assert risen(before, after, "rtl_gateway_events_total") == 0
    assert risen(before, after, "rtl_http_requests_total", method="POST", route="post_events", status="400") == 1


def test_live_clients_are_counted(fresh: Site) -> None:
    with listening(fresh) as address:
        with connected(address) as stream:
            stream.next()
            assert samples(fresh)["rtl_live_clients", ()] == 1
        until(lambda: samples(fresh)["rtl_live_clients", ()] == 0, "the client has left")


def test_every_metric_says_what_it_is(site: Site) -> None:
    own = [f for f in text_string_to_metric_families(site.client.get(METRICS).text) if f.name.startswith("rtl_")]
    assert len(own) > 10
    assert [family.name for family in own if not family.documentation] == []


def test_a_home_that_is_behind_is_told_with_the_reason(running: Site) -> None:
    write_status(running.lake.control, HomeStatus("s3://shop/live", {}, trouble="s3://shop/live failed."))
    parts = {part["name"]: part for part in running.get("/health")["parts"]}
    assert parts["home"]["status"] == "degraded"
    assert parts["home"]["why"].endswith("s3://shop/live failed.")
    write_status(running.lake.control, HomeStatus("s3://shop/live", {}, behind_since=time.time() - 100))
    assert samples(running)["rtl_home_behind_seconds", ()] >= 100
    with running.lake.lock("home", NOW):
        parts = {part["name"]: part for part in running.get("/health")["parts"]}
    assert parts["home"]["status"] == "ok"
