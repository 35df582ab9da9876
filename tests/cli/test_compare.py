"""`rtl compare`: what differs between two versions."""

from __future__ import annotations

import json
from typing import Any

from cli.commands import Commands
from rtlakehouse.storage.lake import Lake

KPIS = "gold.kpis_1m"


def compared(rtl: Commands, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(rtl.ok("compare", *arguments, "--format", "json"))
    return found


def test_it_counts_and_shows_what_came_went_and_changed(rtl: Commands) -> None:
    lake = Lake.open(rtl.lake)
    newest = lake.version(KPIS)
    keys = [{(row["tenant_id"], row["window_start"]) for row in lake.read(KPIS, v).to_pylist()} for v in (1, newest)]
    forth, back = compared(rtl, KPIS, "1", "--limit", "1000"), compared(rtl, KPIS, str(newest), "1", "--limit", "1000")
    assert forth["counts"]["added"] == back["counts"]["removed"] == len(keys[1] - keys[0])
    assert forth["counts"]["changed"] == back["counts"]["changed"]
    assert [(row["after"], row["before"]) for row in back["data"]] == [(row["before"], row["after"]) for row in forth["data"]]
    assert len(forth["data"]) == sum(forth["counts"].values())
    removed = compared(rtl, KPIS, str(newest), "0", "--only", "removed", "--limit", "1")["data"]
    assert [row["change"] for row in removed] == ["removed"]
    shown = rtl.ok("compare", KPIS, "1", settings={"COLUMNS": "300"})
    assert f"from version 1 to {newest}" in shown
    assert f"{forth['counts']['added']} added" in shown


def test_what_it_cannot_compare_is_said(rtl: Commands) -> None:
    assert "no version 999" in rtl.refused(1, "compare", KPIS, "999")
    assert "neither a time" in rtl.refused(2, "compare", KPIS, "noon")
