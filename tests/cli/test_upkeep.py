"""`rtl optimize`, `vacuum`, `checkpoint`, `snapshot`: upkeep by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.commands import Commands
from rtlakehouse.medallion.graph import GOLD, TABLES
from rtlakehouse.storage.lake import Lake
from shapes import found_in


def _everything(root: Path) -> dict[str, int]:
    """Every file of the lake and its size, but those that come and go with a process."""
    paths = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(root)): path.stat().st_size for path in paths}


@pytest.mark.parametrize("command", ["optimize", "vacuum", "checkpoint"])
def test_a_dry_run_says_what_it_would_do_and_does_nothing(command: str, on_copy: Commands) -> None:
    before = _everything(on_copy.lake)
    flags = ("--retention-hours", "0") if command == "vacuum" else ()
    outcomes = on_copy.json(command, *flags, "--dry-run")
    assert _everything(on_copy.lake) == before
    for outcome in outcomes:
        assert set(outcome) == {"table", "action", "detail", "is_fault"}
        assert outcome["detail"].startswith("would ")


def test_optimize_gathers_small_files_and_changes_no_row(on_copy: Commands) -> None:
    lake = Lake.open(on_copy.lake)
    before, rows = {table: len(lake.files(table)) for table in TABLES}, found_in(lake)
    outcomes = on_copy.json("optimize")
    after = {table: len(lake.files(table)) for table in TABLES}
    assert before["bronze.events"] == 6
    assert after["bronze.events"] == 1
    assert {outcome["table"] for outcome in outcomes} == {table for table in TABLES if after[table] < before[table]}
    assert found_in(lake) == rows
    assert on_copy.run("verify").code == 0
    assert on_copy.ok("optimize") == "Nothing to do.\n"


def test_a_named_table_is_the_only_one(on_copy: Commands) -> None:
    (outcome,) = on_copy.json("optimize", "bronze.events")
    assert (outcome["table"], outcome["action"]) == ("bronze.events", "compact")
    assert len(Lake.open(on_copy.lake).files("silver.events")) > 1


def test_vacuum_deletes_what_no_kept_version_needs(on_copy: Commands) -> None:
    lake = Lake.open(on_copy.lake)
    on_copy.ok("optimize", "bronze.events")
    files = set(lake.path("bronze.events").glob("*.parquet"))
    on_copy.ok("vacuum", "bronze.events")
    assert set(lake.path("bronze.events").glob("*.parquet")) == files
    on_copy.ok("vacuum", "bronze.events", "--retention-hours", "0")
    assert len(set(lake.path("bronze.events").glob("*.parquet"))) == 1
    assert on_copy.run("verify").code == 0
    gone = on_copy.refused(1, "read", "bronze.events", "--as-of", "2")
    assert "version 2" in gone


def test_checkpoint_writes_one_from_which_the_table_opens(on_copy: Commands) -> None:
    lake = Lake.open(on_copy.lake)
    version = lake.version("silver.events")
    assert "wrote version" in on_copy.ok("checkpoint", "silver.events")
    assert (lake.path("silver.events") / "_delta_log" / f"{version:020d}.checkpoint.parquet").exists()
    assert on_copy.run("verify").code == 0


def test_a_snapshot_is_a_folder_of_plain_files_that_say_what_they_are(on_copy: Commands) -> None:
    lake = Lake.open(on_copy.lake)
    written = on_copy.json("snapshot")
    folder = Path(written["folder"])
    assert json.loads((folder / "manifest.json").read_text())["versions"] == {t.name: lake.version(t.name) for t in GOLD}
    for table in GOLD:
        rows = pq.read_table(folder / f"{table.short_name}.parquet")
        assert rows.num_rows == written["files"][f"{table.short_name}.parquet"]["rows"] == lake.read(table.name).num_rows
    assert (on_copy.lake / "snapshots" / "latest").resolve() == folder
    again = Path(on_copy.ok("snapshot").strip())
    assert again.is_dir()
    assert again != folder
