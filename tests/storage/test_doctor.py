"""Doctor: each thing that can be wrong with a machine or a lake, brought about, is said with its fix."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from rtlakehouse.clock import SystemClock
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.doctor import Diagnosis, diagnose
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import commit_path, log_dir
from rtlakehouse.storage.maintenance import Limits, Maintenance
from rtlakehouse.storage.pause import Pause, pause, resume
from storage.rows import BRONZE, NOON, append

SILVER = "silver.events"


def ailments(root: Path) -> list[Diagnosis]:
    return [diagnosis for diagnosis in diagnose(root) if not diagnosis.well]


def test_a_whole_lake_on_a_good_machine_is_well(refined: Lake) -> None:
    found = list(diagnose(refined.root))
    assert [diagnosis for diagnosis in found if not diagnosis.well] == []
    said = "\n".join(diagnosis.what for diagnosis in found)
    assert "no engine works on this lake now" in said
    for name in TABLES:
        assert f"{name}: version {refined.version(name):,}, {len(refined.files(name)):,} files" in said


def test_looking_changes_nothing(refined: Lake) -> None:
    before = {path: path.stat().st_mtime_ns for path in refined.root.rglob("*") if path.is_file()}
    list(diagnose(refined.root))
    assert {path: path.stat().st_mtime_ns for path in refined.root.rglob("*") if path.is_file()} == before


def test_where_there_is_no_lake_it_says_how_to_make_one(tmp_path: Path) -> None:
    found = list(diagnose(tmp_path / "not" / "yet"))
    assert all(diagnosis.well for diagnosis in found)
    assert "there is no lake at" in found[-1].what
    assert "rtl up" in found[-1].what


def test_whoever_has_the_lake_is_named(lake: Lake) -> None:
    with lake.lock("engine", NOON):
        assert f"the engine with pid {os.getpid()}" in "\n".join(diagnosis.what for diagnosis in diagnose(lake.root))


def test_a_pause_is_said_with_its_reason_until_it_ends(lake: Lake) -> None:
    pause(lake, Pause("2026-11-24T12:00:00Z", "key ab12", "the disk is changed"))
    (found,) = ailments(lake.root)
    assert found.what == "the pipeline is paused since 2026-11-24T12:00:00Z by key ab12: the disk is changed"
    assert "/pipeline/resume" in found.fix
    resume(lake)
    assert ailments(lake.root) == []


def test_another_deltalake_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "deltalake-1.6.6.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: deltalake\nVersion: 1.6.6\n")
    monkeypatch.syspath_prepend(tmp_path)
    (said,) = ailments(tmp_path)
    assert said.what == "deltalake 1.6.6"
    assert "install deltalake 1.6.3" in said.fix


def test_an_old_python_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "version_info", (3, 10, 4))
        (said,) = ailments(tmp_path)
    assert (said.what, said.fix) == ("Python 3.10.4", "install Python 3.11 or newer")


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs Linux's /sys, a disk without room that nobody can write")
def test_a_full_disk_and_one_that_cannot_be_written_are_said() -> None:
    full, closed = ailments(Path("/sys/lake"))
    assert full.what == "0.0 GiB free for /sys/lake"
    assert "free some disk" in full.fix
    assert "/sys cannot be written" in closed.what
    assert "owner and mode" in closed.fix


def test_a_file_that_is_gone_or_cut_is_named(refined: Lake) -> None:
    path = next(iter(refined.files(SILVER)))
    os.truncate(refined.path(SILVER) / path, 10)
    (short,) = ailments(refined.root)
    (refined.path(SILVER) / path).unlink()
    (gone,) = ailments(refined.root)
    assert short == gone
    assert gone.what == f"{SILVER}: {path} is missing or has another size"
    assert "restore the file from a backup" in gone.fix


@pytest.mark.parametrize("size", [0, 50])
def test_a_torn_or_empty_log_entry_is_named(size: int, refined: Lake) -> None:
    entry = commit_path(refined.path(SILVER), refined.version(SILVER))
    os.truncate(entry, size)
    (said,) = ailments(refined.root)
    assert str(entry) in said.what
    assert "start `rtl run`" in said.fix


def test_a_table_that_is_gone_is_named(refined: Lake) -> None:
    shutil.rmtree(refined.path(SILVER))
    (said,) = ailments(refined.root)
    assert said.what.startswith(f"{SILVER}: ")
    assert said.fix


def test_a_damaged_checkpoint_is_named(lake: Lake) -> None:
    append(lake, 0)
    Maintenance(lake, SystemClock(), Limits()).checkpoint(BRONZE)
    os.truncate(log_dir(lake.path(BRONZE)) / f"{1:020d}.checkpoint.parquet", 100)
    (said,) = ailments(lake.root)
    assert said.what.startswith(f"{BRONZE}: ")
    assert "rtl run" in said.fix


def test_too_many_files_are_said_with_the_command_that_gathers_them(refined: Lake) -> None:
    rows = refined.read(SILVER)
    days = [date(2025, 1, 1) + timedelta(days=i) for i in range(400)]
    many = pa.concat_tables([rows.slice(0, 1)] * len(days))
    writer = refined.writer(SILVER)
    index = many.schema.get_field_index("event_date")
    writer.seal(writer.append(many.set_column(index, "event_date", pa.array(days, pa.date32())), "app", 1, {}))
    (said,) = ailments(refined.root)
    assert f"{len(refined.files(SILVER))} files" in said.what
    assert said.fix == f"rtl optimize {SILVER}"
