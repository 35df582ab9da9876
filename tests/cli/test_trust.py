"""`rtl verify` and `rtl doctor`: well is said, and so is what is not, with the fix."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from cli.commands import Commands
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import commit_path


def _data_file(root: Path, table: str) -> Path:
    lake = Lake.open(root)
    return lake.path(table) / next(iter(lake.files(table)))


def test_a_good_lake_is_said_to_be_one(rtl: Commands) -> None:
    findings = rtl.json("verify")
    assert all(finding["holds"] and finding["differences"] == 0 for finding in findings)
    assert {f"files of {table}" for table in TABLES} <= {finding["check"] for finding in findings}
    shown = rtl.ok("verify")
    assert f"All {len(findings)} hold." in shown
    assert all(finding["check"] in shown for finding in findings)


def test_a_file_that_was_changed_is_found_and_is_a_failure(on_copy: Commands) -> None:
    damaged = _data_file(on_copy.lake, "silver.events")
    rows = pq.read_table(damaged)
    pq.write_table(rows, damaged)
    shown = on_copy.run("verify")
    assert shown.code == 1
    assert "BROKEN files of silver.events" in shown.printed
    assert damaged.name in shown.printed
    assert "1 of " in shown.printed
    as_json = on_copy.run("verify", "--json")
    assert (as_json.code, as_json.printed.count('"holds": false')) == (1, 1)


def test_a_doctor_finds_nothing_on_a_good_lake(rtl: Commands) -> None:
    diagnoses = rtl.json("doctor")
    assert all(diagnosis["well"] for diagnosis in diagnoses)
    said = " ".join(diagnosis["what"] for diagnosis in diagnoses)
    assert all(table in said for table in TABLES)
    assert "no engine works on this lake now" in said
    assert rtl.ok("doctor").count("well ") == len(diagnoses)


def test_a_doctor_of_no_lake_looks_at_the_machine(on_nothing: Commands) -> None:
    assert f"there is no lake at {on_nothing.lake} yet" in on_nothing.ok("doctor")
    assert not on_nothing.lake.exists()


def test_a_doctor_looks_at_a_home_where_the_lake_has_one(rtl: Commands, tmp_path: Path) -> None:
    told = rtl.ok("doctor", settings={"home": (tmp_path / "home").as_uri()})
    assert "nobody has had its lease yet" in told
    assert "conditional puts are kept" in told


def test_a_doctor_names_a_file_that_is_missing_and_the_fix(on_copy: Commands) -> None:
    missing = _data_file(on_copy.lake, "gold.kpis_1m")
    missing.unlink()
    told = on_copy.run("doctor")
    assert told.code == 1
    assert f"gold.kpis_1m: {missing.name} is missing" in told.printed
    assert "fix: restore the file from a backup" in told.printed


def test_a_doctor_names_a_torn_log_and_the_fix(on_copy: Commands) -> None:
    lake = Lake.open(on_copy.lake)
    torn = commit_path(lake.path("silver.events"), lake.version("silver.events"))
    torn.write_bytes(torn.read_bytes()[:40])
    told = on_copy.run("doctor")
    assert told.code == 1
    assert "ill  silver.events" in told.printed
    assert "start `rtl run`" in told.printed
