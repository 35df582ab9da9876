"""What upkeep has left to do, and that it does just that; Parquet snapshots and one tenant's rows of them."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pyarrow.parquet as pq

from api.conftest import SiteMaker
from api.serving import Site
from rtlakehouse.clock import SystemClock
from rtlakehouse.medallion.graph import GOLD, TABLES
from rtlakehouse.storage.maintenance import Limits, Maintenance
from rtlakehouse.storage.snapshots import Snapshots

KPIS = "gold.kpis_1m"


def state_of(site: Site, table: str) -> dict[str, Any]:
    (found,) = [each for each in site.get("/maintenance")["tables"] if each["name"] == table]
    return dict(found)


def acts(found: dict[str, Any]) -> list[str]:
    return [act["action"] for act in found["would"]]


def test_each_table_is_told_as_its_folder_and_log_are(site: Site) -> None:
    found = site.get("/maintenance")
    assert [table["name"] for table in found["tables"]] == list(TABLES)
    for table in found["tables"]:
        live, path = site.lake.files(table["name"]), site.lake.path(table["name"])
        there = [each for each in path.rglob("*.parquet") if each.parent.name != "_delta_log"]
        assert (table["files"], table["bytes"]) == (len(live), sum(file.size_bytes for file in live.values()))
        assert table["left_files"] == len(there) - len(live)
        assert table["left_bytes"] == sum(each.stat().st_size for each in there) - table["bytes"]
        assert table["log_entries"] == table["version"] + 1 == site.lake.version(table["name"]) + 1
        assert (table["checkpoint"], table["checkpoint_at"]) == (None, None)
        assert table["commits_to_go"] == site.parts.settings.compact_files - table["version"]


def test_what_it_would_do_is_what_is_done_and_no_more_then(on_copy: SiteMaker) -> None:
    with on_copy(compact_files=2) as site:
        before = state_of(site, KPIS)
        assert (acts(before), before["commits_to_go"]) == (["compact"], 0)
        upkeep = Maintenance(site.lake, SystemClock(), Limits(compact_files=2))
        upkeep.run(KPIS)
        site.engine.reopen()
        after = state_of(site, KPIS)
        assert after["checkpoint"] == after["version"] == before["version"] + 1
        assert after["checkpoint_at"] is not None
        assert after["left_files"] == before["left_files"] + before["files"]
        assert before["files"] > after["files"] == after["small_files"]
        assert (acts(after), after["commits_to_go"]) == ([], 2)


def test_a_snapshot_is_listed_told_and_downloaded_without_other_tenants_rows(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        Snapshots(site.lake, site.clock, timedelta(), 2).write()
        (listed,) = site.get("/snapshots")["data"]
        whole = site.get(f"/snapshots/{listed['name']}")
        assert {name: whole[name] for name in listed} == listed
        assert listed["versions"] == {table.name: site.lake.version(table.name) for table in GOLD}
        assert listed["rows"] == sum(site.lake.read(table.name).num_rows for table in GOLD)
        assert [file["table"] for file in whole["files"]] == [table.name for table in GOLD]
        for file in whole["files"]:
            got = site.client.get(f"/api/v1/snapshots/{listed['name']}/{file['name']}")
            assert got.headers["content-type"] == "application/vnd.apache.parquet"
            rows = pq.read_table(io.BytesIO(got.content)).to_pylist()
            kept = [row for row in site.lake.read(file["table"]).to_pylist() if row["tenant_id"] == "default"]
            assert sorted(map(repr, rows)) == sorted(map(repr, kept))
            assert 0 < len(rows) < file["rows"]
        names_are_looked_up_and_never_paths(site, listed["name"])


def names_are_looked_up_and_never_paths(site: Site, snapshot: str) -> None:
    for path in ("latest", "..", "%2e%2e", "..%2f_rtl", f"{snapshot}.unfinished", "nothing"):
        assert "There is n" in site.get(f"/snapshots/{path}", status=404)["detail"]
    for file in ("manifest.json", "..%2fmanifest.json", "%2e%2e", "kpis_1m", "%2fetc%2fpasswd"):
        assert site.get(f"/snapshots/{snapshot}/{file}", status=404)["detail"]


def test_a_lake_without_snapshots_has_none(fresh: Site) -> None:
    assert fresh.get("/snapshots") == {"data": []}
