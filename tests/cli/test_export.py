"""`rtl export`: a whole table as one file."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cli.commands import Commands
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)


@pytest.mark.parametrize("table", ["silver.events", "silver.quarantine", "gold.revenue_1m"])
def test_every_row_is_in_the_file_with_its_own_type_or_text(table: str, rtl: Commands, tmp_path: Path) -> None:
    stored = Lake.open(rtl.lake).read(table).select(TABLES[table].column_names)
    said = rtl.ok("export", table, tmp_path / "out.parquet")
    assert f"{stored.num_rows:,} rows of {table} version {Lake.open(rtl.lake).version(table)}" in said
    assert _sorted(pq.read_table(tmp_path / "out.parquet").to_pylist()) == _sorted(stored.to_pylist())

    rtl.ok("export", table, tmp_path / "out.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    shown = rtl.ok("read", table, "--format", "json", "--limit", "1000000")
    assert _sorted(lines) == _sorted([json.loads(line) for line in shown.splitlines()])

    on_screen = rtl.ok("export", table, "-", "--format", "csv")
    assert len(list(csv.DictReader(on_screen.splitlines()))) == stored.num_rows


def test_a_table_as_it_was_and_rows_of_a_condition(rtl: Commands, tmp_path: Path) -> None:
    out = tmp_path / "then.parquet"
    rtl.ok("export", "silver.events", out, "--as-of", "2", "--where", "event_type = 'purchase'")
    then = Lake.open(rtl.lake).read("silver.events", 2).to_pylist()
    bought = [row["event_id"] for row in then if row["event_type"] == "purchase"]
    assert sorted(pq.read_table(out)["event_id"].to_pylist()) == sorted(bought)
    rtl.ok("export", "silver.events", out, "--where", "false", "--overwrite")
    assert pq.read_table(out).num_rows == 0
    assert pq.read_schema(out).names == list(TABLES["silver.events"].column_names)


def test_what_cannot_be_written_is_said_and_leaves_nothing(rtl: Commands, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine")
    assert "--overwrite" in rtl.refused(2, "export", "gold.kpis_1m", there)
    assert there.read_text() == "mine"
    assert "csv, json, parquet" in rtl.refused(2, "export", "gold.kpis_1m", tmp_path / "out.xlsx")
    assert "cannot be written" in rtl.refused(2, "export", "gold.kpis_1m", tmp_path / "no" / "out.csv")
    assert "--where" in rtl.refused(2, "export", "gold.kpis_1m", tmp_path / "out.csv", "--where", "nothing = 1")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["there.csv"]
