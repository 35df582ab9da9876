"""Files are read by the columns of the first, or, where one of them lacks a column, by the names of all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.following import Writer, catalog_on
from rtlakehouse.catalog.footers import has_columns
from rtlakehouse.errors import CorruptionError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake

SILVER = "silver.events"


@pytest.fixture
def files(lake: Lake, writer: Writer) -> list[Path]:
    """The files of silver, of two batches."""
    for _ in range(2):
        writer.write(30)
    return [lake.path(SILVER) / path for path in lake.files(SILVER)]


def scanned(lake: Lake) -> tuple[str, pa.Table]:
    """The query that reads all of silver, and what it finds."""
    catalog = catalog_on(lake)
    try:
        snapshot = catalog.latest
        return snapshot.scan(TABLES[SILVER], snapshot.files_of(SILVER)), snapshot.query("select * from rows", rows=SILVER)
    finally:
        catalog.close()


def test_files_of_the_same_columns_are_opened_once(lake: Lake, files: list[Path]) -> None:
    sql, rows = scanned(lake)
    assert "union_by_name = False" in sql
    assert rows.num_rows == lake.read(SILVER).num_rows


@pytest.mark.parametrize("place", [0, -1])
def test_a_file_from_before_a_column_reads_as_null_there(lake: Lake, files: list[Path], place: int) -> None:
    old, total = sorted(files)[place], sum(pq.read_metadata(path).num_rows for path in files)
    before = pq.read_table(old, partitioning=None)
    pq.write_table(before.drop_columns(["user_id"]), old)
    sql, rows = scanned(lake)
    assert "union_by_name = True" in sql
    assert (rows.num_rows, rows["user_id"].null_count) == (total, before.num_rows)


def test_a_file_has_the_columns_of_its_footer(files: list[Path]) -> None:
    assert has_columns(str(files[0]), frozenset({"user_id", "price"}))
    assert not has_columns(str(files[0]), frozenset({"user_id", "mood"}))


def test_a_file_without_a_footer_is_damaged_and_one_that_is_gone_is_gone(tmp_path: Path) -> None:
    (tmp_path / "torn").write_bytes(b"PAR1 and no more")
    with pytest.raises(CorruptionError, match="rtl doctor"):
        has_columns(str(tmp_path / "torn"), frozenset({"user_id"}))
    with pytest.raises(FileNotFoundError):
        has_columns(str(tmp_path / "gone"), frozenset({"user_id"}))


def test_a_column_that_no_file_has_yet_is_null_everywhere(lake: Lake, files: list[Path]) -> None:
    for old in files:
        pq.write_table(pq.read_table(old, partitioning=None).drop_columns(["order_id", "extras"]), old)
    sql, rows = scanned(lake)
    assert "union_by_name = True" in sql
    assert rows["order_id"].null_count == rows["extras"].null_count == rows.num_rows > 0
    assert rows.schema.field("order_id").type == pa.string()
