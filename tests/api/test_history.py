"""The history of tables: what each version did, for which batch, and whether it can still be read."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import oracle
from api.conftest import NOW, SiteMaker
from api.serving import Site
from rtlakehouse.clock import SystemClock
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import read_commit
from rtlakehouse.storage.maintenance import Limits, Maintenance
from running import append, drain, engine_on

KPIS, SILVER, BRONZE, LEDGER = "gold.kpis_1m", "silver.events", "bronze.events", "ops.ledger"
DEPTH = list(TABLES)


def walked(site: Site, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of all pages."""
    found: list[dict[str, Any]] = []
    while True:
        document = site.get(path, **parameters)
        found += document["data"]
        if document["next_cursor"] is None:
            return found
        parameters["cursor"] = document["next_cursor"]


def upkeep_of(lake: Lake, **limits: Any) -> Maintenance:
    return Maintenance(lake, SystemClock(), Limits(**{"compact_files": 2, "log_commits": 10_000} | limits))


@pytest.mark.parametrize("table", TABLES)
def test_every_version_is_listed_once_newest_first(site: Site, table: str) -> None:
    found = walked(site, f"/tables/{table}/versions", limit=7)
    assert [entry["version"] for entry in found] == list(range(site.lake.version(table), -1, -1))
    assert {entry["state"] for entry in found} == {"readable"}


@pytest.mark.parametrize("table", TABLES)
def test_rows_added_and_removed_add_up_to_the_rows_of_every_version(site: Site, table: str) -> None:
    rows = 0
    for entry in reversed(walked(site, f"/tables/{table}/versions")):
        rows += entry["rows_added"] - entry["rows_removed"]
        assert rows == site.lake.read(table, entry["version"]).num_rows


def test_a_version_lists_the_files_that_came_and_went(site: Site) -> None:
    for version in range(1, 6):
        found = site.get(f"/tables/{KPIS}/versions/{version}")
        before, after = (set(site.lake.files(KPIS, v)) for v in (version - 1, version))
        assert {file["path"] for file in found["added"]} == after - before
        assert {file["path"] for file in found["removed"]} == before - after
        assert sum(file["rows"] for file in found["added"]) == found["rows_added"]
        listed = next(e for e in walked(site, f"/tables/{KPIS}/versions") if e["version"] == version)
        assert {name: found[name] for name in listed} == listed


def test_the_time_line_is_all_commits_of_all_tables_newest_first(site: Site) -> None:
    found = walked(site, "/history/timeline", limit=17)
    assert sorted((e["table"], e["version"]) for e in found) == sorted(
        (table, version) for table in TABLES for version in range(site.lake.version(table) + 1)
    )
    order = [(datetime.fromisoformat(entry["committed_at"]), DEPTH.index(entry["table"])) for entry in found if entry["version"]]
    assert order == sorted(order, reverse=True)


def test_each_commit_names_its_batch(site: Site) -> None:
    """By what the commits themselves say: silver's progress is the batch, gold's is the version of silver."""
    found = walked(site, "/history/timeline")
    silver = {e["version"]: e["batch"] for e in found if e["table"] == SILVER and e["steps"]}
    assert set(silver.values()) <= {row["batch"] for row in site.lake.read(LEDGER).to_pylist()}
    for entry in (entry for entry in found if entry["steps"]):
        steps = {step["application"]: step["step"] for step in entry["steps"]}
        if entry["table"] == BRONZE:
            assert entry["batch"] == entry["version"]
        if "rtl.silver" in steps:
            assert entry["batch"] == steps["rtl.silver"]
        if "rtl.gold" in steps:
            assert entry["batch"] == silver[steps["rtl.gold"]]
    batches = [entry["batch"] for entry in found if entry["table"] == LEDGER and entry["steps"]]
    assert batches == sorted({row["batch"] for row in site.lake.read(LEDGER).to_pylist()}, reverse=True)


def test_pages_go_on_where_they_began_whatever_is_committed_meanwhile(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        wanted = walked(site, "/history/timeline", limit=1_000)
        first = site.get("/history/timeline", limit=40)
        site.post(b"broken")
        site.refine()
        rest = walked(site, "/history/timeline", limit=40, cursor=first["next_cursor"])
        assert [*first["data"], *rest] == wanted


def test_a_time_line_of_the_past_ends_there(site: Site) -> None:
    found = walked(site, "/history/timeline", as_of=f"{KPIS}=4,{SILVER}=3")
    assert {entry["table"] for entry in found} == {KPIS, SILVER}
    assert max(e["version"] for e in found if e["table"] == KPIS) == 4
    assert max(e["version"] for e in found if e["table"] == SILVER) == 3


def test_the_time_line_says_since_when_a_time_can_be_named(site: Site) -> None:
    since = site.get("/history/timeline", limit=1)["since"]
    assert site.get("/history/timeline", as_of=f"{KPIS}=4", limit=1)["since"] == since
    site.get("/tables/gold.kpis_1m", as_of=since)
    before = datetime.fromisoformat(since) - timedelta(microseconds=1)
    site.get("/tables/gold.kpis_1m", as_of=before.isoformat(), status=410)


def test_upkeep_is_of_no_batch_and_changes_no_rows(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        upkeep_of(site.lake).compact(SILVER)
        site.engine.reopen()
        site.post(b"broken")
        site.refine()
        entry = next(e for e in walked(site, f"/tables/{SILVER}/versions") if e["operation"] == "OPTIMIZE")
        assert (entry["batch"], entry["changes_rows"]) == (None, False)
        assert entry["rows_added"] == entry["rows_removed"] > 0


def test_no_source_is_named_but_by_its_kind(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        append(site.lake, [oracle.Record(b"{}", 0, NOW, NOW, tenant_id="acme", source="file")], "file:secret-of-acme.csv@1")
        site.refine()
        entry = site.get(f"/tables/{BRONZE}/versions", limit=1)["data"][0]
        assert entry["steps"] == [{"application": "file", "step": 0}]


def vacuumed(path: Path) -> None:
    """Gather and vacuum everything while nobody reads, so that no lease holds a version."""
    lake = Lake.open(path)
    append(lake, [oracle.Record(b"{}", 1_000, NOW, NOW)])
    engine = engine_on(lake)
    drain(engine)
    engine.close()
    upkeep = upkeep_of(lake)
    for table in upkeep.tables:
        upkeep.run(table)
        upkeep.vacuum(table, retention=timedelta(0))


def test_vacuumed_versions_say_so_and_those_that_do_not_can_be_read(on_copy: SiteMaker, copied: Path) -> None:
    vacuumed(copied)
    with on_copy() as site:
        for table in (KPIS, SILVER):
            found = walked(site, f"/tables/{table}/versions")
            assert {entry["state"] for entry in found} == {"readable", "vacuumed"}
            for entry in found:
                status = 200 if entry["state"] == "readable" else 410
                site.get(f"/tables/{table}/rows", status=status, limit=1, as_of=f"{table}={entry['version']}")
                assert site.get(f"/tables/{table}/versions/{entry['version']}")["state"] == entry["state"]


def test_the_tag_changes_when_the_same_versions_can_be_read_no_more(on_copy: SiteMaker, copied: Path) -> None:
    asked = f"/api/v1/tables/{KPIS}/versions?as_of={KPIS}=5"
    with on_copy() as site:
        before = site.client.get(asked)
    vacuumed(copied)
    with on_copy() as site:
        after = site.client.get(asked, headers={"If-None-Match": before.headers["etag"]})
        assert after.status_code == 200
        assert {entry["state"] for entry in after.json()["data"] if entry["version"]} == {"vacuumed"}


def test_versions_whose_commits_were_cleaned_away_are_left_out(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        upkeep = upkeep_of(site.lake, log_commits=1)
        upkeep.checkpoint(LEDGER)
        for i in range(3):
            site.post(f"broken {i}".encode())
            site.refine()
        upkeep.checkpoint(LEDGER)
        assert upkeep.clean_log(LEDGER)
        site.engine.reopen()
        listed = {entry["version"]: entry["state"] for entry in walked(site, f"/tables/{LEDGER}/versions")}
        assert min(listed) > 0
        for version in range(site.lake.version(LEDGER) + 1):
            kept = read_commit(site.lake.path(LEDGER), version) is not None
            assert (version in listed) == kept
            if not kept:
                detail = site.get(f"/tables/{LEDGER}/versions/{version}", status=410)["detail"]
                assert f"the oldest that is still there is {min(listed)}" in detail
        assert set(listed.values()) == {"readable"}
        assert site.get("/history/timeline", limit=1_000)["data"]
