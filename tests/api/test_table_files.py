"""The files of a table: what the log says of them is what is in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from api.conftest import SiteMaker
from api.serving import Site
from rtlakehouse.api.formats import plain
from rtlakehouse.clock import SystemClock
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.maintenance import Limits, Maintenance

OURS = "default"


def files_of(site: Site, table: str, **parameters: Any) -> list[dict[str, Any]]:
    """The files of all pages."""
    found: list[dict[str, Any]] = []
    while True:
        document = site.get(f"/tables/{table}/files", **parameters)
        found += document["data"]
        if document["next_cursor"] is None:
            return found
        parameters["cursor"] = document["next_cursor"]


@pytest.mark.parametrize("table", TABLES)
def test_the_files_are_those_that_hold_rows_of_the_tenant(site: Site, table: str) -> None:
    wanted = {}
    for path in site.lake.files(table):
        rows = pq.read_table(site.lake.path(table) / path, partitioning=None)
        if OURS in rows["tenant_id"].to_pylist():
            wanted[path] = rows.num_rows
    found = files_of(site, table, limit=3)
    assert {file["path"]: file["rows"] for file in found} == wanted
    assert len(found) == len(wanted)
    moments = [datetime.fromisoformat(file["added_at"]) for file in found]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("table", TABLES)
def test_bounds_and_nulls_are_those_of_the_rows(site: Site, table: str) -> None:
    seen = set()
    types = {column.name: column.type for column in TABLES[table].columns}
    for file in files_of(site, table):
        held = pq.read_table(site.lake.path(table) / file["path"], partitioning=None)
        for column in file["columns"]:
            values = held[column["name"]].cast(types[column["name"]])
            assert column["nulls"] == values.null_count
            if column["lowest"] is not None:
                extremes = pc.min_max(values).as_py()
                assert (column["lowest"], column["highest"]) == (plain(extremes["min"]), plain(extremes["max"])), column
                seen.add(column["name"])
    assert {"tenant_id"} < seen or not site.lake.files(table)


@pytest.mark.parametrize("table", ["gold.kpis_1m", "silver.events"])
def test_a_file_names_the_version_that_it_came_with(site: Site, table: str) -> None:
    for file in files_of(site, table):
        version = site.get(f"/tables/{table}/versions/{file['added_version']}")
        assert file["path"] in {added["path"] for added in version["added"]}
        assert file["added_at"] == version["committed_at"]


def test_at_a_version_the_files_are_those_of_that_version(site: Site) -> None:
    found = files_of(site, "gold.kpis_1m", as_of="gold.kpis_1m=4")
    assert {file["path"] for file in found} == set(site.lake.files("gold.kpis_1m", 4))
    assert max(file["added_version"] for file in found) <= 4


def test_a_file_with_rows_of_others_too_has_no_bounds(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        Maintenance(site.lake, SystemClock(), Limits(compact_files=2)).compact("silver.events")
        site.engine.reopen()
        site.post(b"broken")
        site.refine()
        answer = site.client.get("/api/v1/tables/silver.events/files")
        assert any(file["columns"] is None for file in answer.json()["data"])
        assert "acme" not in answer.text
        assert "secret" not in answer.text


def test_without_the_commit_a_file_still_says_when_it_was_written(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        upkeep = Maintenance(site.lake, site.clock, Limits(log_commits=1))
        upkeep.checkpoint("silver.quarantine")
        before = files_of(site, "silver.quarantine")
        for _ in range(3):
            site.post(b"broken")
            site.refine()
        upkeep.checkpoint("silver.quarantine")
        assert upkeep.clean_log("silver.quarantine")
        site.engine.reopen()
        after = {file["path"]: file for file in files_of(site, "silver.quarantine")}
        forgotten = [file["path"] for file in before if after[file["path"]]["added_version"] is None]
        assert forgotten
        assert all(after[path]["added_at"] for path in forgotten)
