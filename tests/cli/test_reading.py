"""`rtl read` and `rtl history`: rows and versions, now and as they were."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from cli.commands import Commands
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake


def _objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("table", TABLES)
def test_every_table_can_be_read_in_every_format(table: str, rtl: Commands) -> None:
    as_json = _objects(rtl.ok("read", table, "--format", "json", "--limit", "5"))
    as_csv = list(csv.DictReader(io.StringIO(rtl.ok("read", table, "--format", "csv", "--limit", "5"))))
    assert len(as_json) == len(as_csv) == min(5, Lake.open(rtl.lake).read(table).num_rows)
    for from_json, from_csv in zip(as_json, as_csv, strict=True):
        assert list(from_json) == list(from_csv) == list(TABLES[table].column_names)


def test_the_table_format_shows_the_columns_and_the_version(rtl: Commands) -> None:
    shown = rtl.ok("read", "gold.revenue_1m", settings={"COLUMNS": "300"})
    assert all(column in shown for column in TABLES["gold.revenue_1m"].column_names)
    assert f"gold.revenue_1m version {Lake.open(rtl.lake).version('gold.revenue_1m')}" in shown


def test_rows_come_in_the_order_of_the_key_as_many_as_asked_for(rtl: Commands) -> None:
    rows = _objects(rtl.ok("read", "silver.events", "--format", "json", "--limit", "1000"))
    assert len(rows) == Lake.open(rtl.lake).read("silver.events").num_rows
    assert [row["position"] for row in rows] == sorted(row["position"] for row in rows)
    assert _objects(rtl.ok("read", "silver.events", "--format", "json", "--limit", "7")) == rows[:7]
    assert _objects(rtl.ok("read", "silver.events", "--format", "json")) == rows[:20]


def test_a_condition_chooses_rows(rtl: Commands) -> None:
    chosen = ("read", "silver.events", "--format", "json", "--limit", "1000", "--where")
    bought = _objects(rtl.ok(*chosen, "event_type = 'purchase' and price > 20"))
    expected = [
        row["event_id"]
        for row in Lake.open(rtl.lake).read("silver.events").to_pylist()
        if row["event_type"] == "purchase" and row["price"] > 20
    ]
    assert sorted(row["event_id"] for row in bought) == sorted(expected)
    assert rtl.ok(*chosen, "false") == ""


def test_rows_as_they_were_are_those_of_that_version(rtl: Commands) -> None:
    whole = ("read", "silver.events", "--format", "json", "--limit", "1000")
    then = {row["event_id"] for row in _objects(rtl.ok(*whole, "--as-of", "2"))}
    assert then == set(Lake.open(rtl.lake).read("silver.events", 2)["event_id"].to_pylist())
    assert then < {row["event_id"] for row in _objects(rtl.ok(*whole))}


def test_rows_at_a_time_are_those_of_the_batch_that_was_complete_then(rtl: Commands) -> None:
    """The ledger is written last; at the time of its commit everything of its batch can be read."""
    history = rtl.json("history", "ops.ledger", "--limit", "100")
    entry = next(entry for entry in history if entry["version"] == 3)
    rows = _objects(rtl.ok("read", "ops.ledger", "--format", "json", "--as-of", entry["committed"]))
    assert len(rows) == Lake.open(rtl.lake).read("ops.ledger", 3).num_rows


def test_a_version_that_never_was_is_said_with_the_newest(rtl: Commands) -> None:
    newest = Lake.open(rtl.lake).version("gold.kpis_1m")
    said = rtl.refused(1, "read", "gold.kpis_1m", "--as-of", "999")
    assert "no version 999" in said
    assert str(newest) in said


def test_the_history_is_every_version_newest_first(rtl: Commands) -> None:
    versions = [entry["version"] for entry in rtl.json("history", "bronze.events", "--limit", "100")]
    assert versions == sorted(Lake.open(rtl.lake).versions("bronze.events"), reverse=True)
    assert [entry["version"] for entry in rtl.json("history", "bronze.events", "--limit", "2")] == versions[:2]


def test_the_history_says_when_what_and_how_much(rtl: Commands) -> None:
    newest = rtl.json("history", "bronze.events")[0]
    assert set(newest) == {"version", "committed", "operation", "rows_added", "files_added", "files_removed", "of"}
    assert (newest["operation"], newest["rows_added"], newest["files_removed"]) == ("WRITE", 50, 0)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", newest["committed"])
    shown = rtl.ok("history", "bronze.events")
    assert all(heading in shown for heading in ("version", "committed", "operation", "rows added"))


def test_an_empty_lake_has_versions_and_no_rows(on_nothing: Commands) -> None:
    Lake.create(on_nothing.lake)
    for table in TABLES:
        assert on_nothing.ok("read", table, "--format", "json") == ""
        assert [entry["version"] for entry in on_nothing.json("history", table)] == [0]
    assert all(finding["holds"] for finding in on_nothing.json("verify"))
