"""Gold files are kept in memory, those used last, up to a bound; the bound is seen when their files are gone."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rtlakehouse.catalog.files import GoldFiles
from rtlakehouse.medallion.gold import KPIS_1M
from rtlakehouse.storage.log import DataFile
from storage.rows import windows


@pytest.fixture
def files(tmp_path: Path) -> list[DataFile]:
    """Ten files of ten windows each."""
    for i in range(10):
        pq.write_table(windows({i * 10 + number: i for number in range(10)}), tmp_path / f"{i}")
    return [DataFile(f"{i}", 0, 10) for i in range(10)]


@pytest.fixture
def size(tmp_path: Path, files: list[DataFile]) -> int:
    """What each of them takes in memory."""
    (found,) = {GoldFiles(0).rows(KPIS_1M, tmp_path, [file]).nbytes for file in files}
    return int(found)


def held(gold: GoldFiles, folder: Path, files: list[DataFile]) -> list[str]:
    """The files that can still be had when none is on disk; asked from the one used last."""
    for file in files:
        (folder / file.path).unlink()
    found = []
    for file in files:
        try:
            assert gold.rows(KPIS_1M, folder, [file]).num_rows == 10
            found.append(file.path)
        except FileNotFoundError:
            continue
    return found


def test_rows_are_those_of_the_files_in_order_with_times_of_utc(tmp_path: Path, files: list[DataFile]) -> None:
    gold = GoldFiles(1 << 20)
    for _ in range(2):
        rows = gold.rows(KPIS_1M, tmp_path, files[2:4])
        assert rows["events"].to_pylist() == [2] * 10 + [3] * 10
        assert rows["window_start"].type.tz is None
        assert rows["window_start"][0].as_py().isoformat() == "2026-11-24T12:20:00"
    assert gold.rows(KPIS_1M, tmp_path, []).num_rows == 0


def test_only_the_windows_of_a_range_are_given_whatever_order_a_file_has(tmp_path: Path, chance: random.Random) -> None:
    rows = windows(dict.fromkeys(range(60), 1))
    pq.write_table(rows.take(chance.sample(range(60), 60)), tmp_path / "shuffled")
    file, gold = DataFile("shuffled", 0, 60), GoldFiles(1 << 20)
    starts = rows["window_start"].to_pylist()
    whole = gold.rows(KPIS_1M, tmp_path, [file])
    assert whole["window_start"].to_pylist() == [start.replace(tzinfo=None) for start in starts]
    for _ in range(20):
        first, last = (chance.choice([None, chance.randrange(60)]) for _ in range(2))
        given = gold.rows(
            KPIS_1M, tmp_path, [file], None if first is None else starts[first], None if last is None else starts[last]
        )
        wanted = range(first or 0, 60 if last is None else last + 1)
        assert given["window_start"].to_pylist() == [starts[i].replace(tzinfo=None) for i in wanted]


def test_names_are_held_once(tmp_path: Path, files: list[DataFile]) -> None:
    rows = GoldFiles(1 << 20).rows(KPIS_1M, tmp_path, files)
    assert pa.types.is_dictionary(rows.schema.field("tenant_id").type)
    assert set(rows["tenant_id"].to_pylist()) == {"default"}


def test_no_more_is_held_than_fits(tmp_path: Path, files: list[DataFile], size: int, chance: random.Random) -> None:
    gold = GoldFiles(3 * size)
    asked = [chance.choice(files) for _ in range(60)]
    for file in asked:
        gold.rows(KPIS_1M, tmp_path, [file])
    last_used = list(dict.fromkeys(file.path for file in reversed(asked)))[:3]
    assert sorted(held(gold, tmp_path, files)) == sorted(last_used)


def test_a_question_about_more_than_fits_is_answered_and_not_held(tmp_path: Path, files: list[DataFile], size: int) -> None:
    gold = GoldFiles(2 * size)
    assert gold.rows(KPIS_1M, tmp_path, files).num_rows == 100
    assert held(gold, tmp_path, files) == ["8", "9"]


def test_one_file_is_held_however_large(tmp_path: Path, files: list[DataFile]) -> None:
    gold = GoldFiles(1)
    gold.rows(KPIS_1M, tmp_path, files)
    assert held(gold, tmp_path, files) == ["9"]


def test_files_that_are_let_go_leave_their_room_to_others(tmp_path: Path, files: list[DataFile], size: int) -> None:
    gold = GoldFiles(3 * size)
    gold.rows(KPIS_1M, tmp_path, files[:3])
    gold.forget([tmp_path / "0", tmp_path / "1", tmp_path / "never held"])
    gold.rows(KPIS_1M, tmp_path, files[3:5])
    assert held(gold, tmp_path, files) == ["2", "3", "4"]
