"""CSV and Parquet: columns and rows as they are meant, and rows that fit no column."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rtlakehouse.errors import SourceError
from rtlakehouse.ingest.tables import parquet_total, read_csv, read_parquet


def _csv(path: Path, content: str | bytes, *, skip: int = 0, batch_rows: int = 3) -> list[Any]:
    """The rows in the file's order, a misfit as the list of its cells."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found: list[Any] = []
    for rows in read_csv(path, skip, batch_rows):
        fitting = iter(rows.table.to_pylist())
        total = rows.table.num_rows + len(rows.misfits)
        found += [json.loads(rows.misfits[i]) if i in rows.misfits else next(fitting) for i in range(total)]
    return found


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ("a,b\r\n1,2\r\n3,4", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
        ("\ufeffa,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ("a;b\n1,5;2\n", [{"a": "1,5", "b": "2"}]),
        ("a\tb\n1\t2\n", [{"a": "1", "b": "2"}]),
        ("a|b\n1|2\n", [{"a": "1", "b": "2"}]),
        ("a\n1\n", [{"a": "1"}]),
        ("a,b\n,2\n", [{"a": None, "b": "2"}]),
        ('a,b\n"",2\n', [{"a": None, "b": "2"}]),
        ('a,b\n"x ""y"", z","two\nlines"\n', [{"a": 'x "y", z', "b": "two\nlines"}]),
        ("a,b\n\n1,2\n\n", [{"a": "1", "b": "2"}]),
        (" a , b \n1,2\n", [{"a": "1", "b": "2"}]),
        ("a,,b\n1,2,3\n", [{"a": "1", "column1": "2", "b": "3"}]),
        ("a,b\n", []),
        ("", []),
    ],
    ids=repr,
)
def test_a_csv_file_is_read_as_it_is_meant(content: str, rows: list[Any], tmp_path: Path) -> None:
    assert _csv(tmp_path / "f.csv", content) == rows


def test_a_tsv_file_is_cut_at_tabs_whatever_its_header_holds(tmp_path: Path) -> None:
    assert _csv(tmp_path / "f.tsv", "a,b,c\td\n1\t2\n") == [{"a,b,c": "1", "d": "2"}]


def test_a_compressed_csv_file_is_read(tmp_path: Path) -> None:
    assert _csv(tmp_path / "f.csv.gz", gzip.compress(b"a,b\n1,2\n")) == [{"a": "1", "b": "2"}]


def test_a_row_that_does_not_fit_keeps_its_place_and_its_cells(tmp_path: Path) -> None:
    content = b"a,b\n1,2\n3\n4,5,6\n\xff,7\n8,9\n"
    rows = next(r for r in _batches(tmp_path / "f.csv", content) if r.misfits)
    assert rows.table.to_pylist() == [{"a": "1", "b": "2"}, {"a": "8", "b": "9"}]
    assert rows.misfits == {1: b'["3"]', 2: b'["4","5","6"]', 3: b'["\xff","7"]'}


def _batches(path: Path, content: bytes) -> list[Any]:
    path.write_bytes(content)
    return list(read_csv(path, 0, 100))


@pytest.mark.parametrize("batch_rows", [1, 2, 7, 100])
def test_reading_goes_on_at_any_row(batch_rows: int, tmp_path: Path) -> None:
    content = "a,b\n" + "".join(f"{i}\n" if i % 4 == 0 else f"{i},x\n\n" for i in range(20))
    whole = _csv(tmp_path / "f.csv", content)
    assert len(whole) == 20
    for skip in range(21):
        assert _csv(tmp_path / "f.csv", content, skip=skip, batch_rows=batch_rows) == whole[skip:]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a,A\n1,2\n", "two columns 'A'"),
        (b"a,b,a\n1,2,3\n", "two columns 'a'"),
        (b"gr\xf6sse,b\n1,2\n", "is not UTF-8; save it as UTF-8"),
        (b'a,b\n1,"' + b"x\n" * (9 << 20), "Is a quote not closed"),
    ],
    ids=["columns that SQL cannot tell apart", "a column twice", "a header that is not UTF-8", "a quote that is never closed"],
)
def test_a_csv_file_that_cannot_be_read_says_why(content: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=rf"f\.csv.*{why}"):
        _csv(tmp_path / "f.csv", content)


def _parquet(path: Path, count: int, row_group_size: int) -> Path:
    pq.write_table(pa.table({"i": range(count)}), path, row_group_size=row_group_size)
    return path


@pytest.mark.parametrize("row_group_size", [1, 3, 20])
def test_a_parquet_file_is_read_on_at_any_row(row_group_size: int, tmp_path: Path) -> None:
    path = _parquet(tmp_path / "f.parquet", 20, row_group_size)
    assert parquet_total(path) == 20
    for skip in range(21):
        first, *rest = read_parquet(path, skip, 4)
        assert (first.table.num_rows, first.table.column_names) == (0, ["i"])
        assert [i for rows in rest for i in rows.table["i"].to_pylist()] == list(range(skip, 20))


def test_a_parquet_file_without_rows_has_its_columns(tmp_path: Path) -> None:
    (only,) = read_parquet(_parquet(tmp_path / "f.parquet", 0, 1), 0, 10)
    assert only.table.column_names == ["i"]


@pytest.mark.parametrize("length", [0, 3, 4, 200, -1])
def test_a_damaged_parquet_file_is_an_error_that_names_it(length: int, tmp_path: Path) -> None:
    path = _parquet(tmp_path / "f.parquet", 1_000, 100)
    path.write_bytes(path.read_bytes()[:length])
    for read in (parquet_total, lambda damaged: list(read_parquet(damaged, 0, 10))):
        with pytest.raises(SourceError, match=r"f\.parquet cannot be read as Parquet"):
            read(path)
