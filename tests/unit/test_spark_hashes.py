"""The indexes by which Spark's tasks look ids up in files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtlakehouse.engines.spark.hashes import HASH, Hashes, Indexes, with_hashes


def ids(names: Sequence[str], tenant: str = "acme") -> pa.Table:
    return pa.table({"tenant_id": pa.repeat(tenant, len(names)), "event_id": pa.array(names, pa.string())})


def hashes_of(*names: str, tenant: str = "acme") -> Hashes:
    found: Hashes = np.sort(with_hashes(ids(names, tenant))[HASH].to_numpy())
    return found


def written(folder: Path, names: Sequence[str]) -> Indexes:
    pq.write_table(ids(names), folder / "a.parquet", row_group_size=3)
    return Indexes.of(folder, folder / "cache")


@given(st.lists(st.sampled_from("abcdefg"), min_size=1), st.sets(st.sampled_from("abcdefghi")))
def test_the_rows_of_wanted_ids_are_found_and_no_others(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], wanted: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("table")
    found = written(folder, names).rows("a.parquet", len(names), hashes_of(*wanted))
    assert found.tolist() == [row for row, name in enumerate(names) if name in wanted]


def test_an_id_is_one_of_its_tenant(tmp_path: Path) -> None:
    indexes = written(tmp_path, ["a", "b"])
    assert indexes.rows("a.parquet", 2, hashes_of("a", tenant="other")).tolist() == []
    assert indexes.rows("a.parquet", 2, hashes_of("b")).tolist() == [1]


def test_an_index_is_used_again_and_one_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    indexes = written(tmp_path, ["a", "b"])
    indexes.rows("a.parquet", 2, hashes_of("a"))
    (made,) = indexes.folder.iterdir()
    whole = made.read_bytes()
    (tmp_path / "a.parquet").rename(tmp_path / "away.parquet")
    assert indexes.rows("a.parquet", 2, hashes_of("b")).tolist() == [1]
    (tmp_path / "away.parquet").rename(tmp_path / "a.parquet")
    made.write_bytes(whole[:-1])
    assert indexes.rows("a.parquet", 2, hashes_of("b")).tolist() == [1]
    assert made.read_bytes() == whole


def test_indexes_of_files_that_are_no_more_go(tmp_path: Path) -> None:
    indexes = written(tmp_path, ["a"])
    (tmp_path / "day=1").mkdir()
    pq.write_table(ids(["b"]), tmp_path / "day=1" / "b.parquet")
    for path in ("a.parquet", "day=1/b.parquet"):
        indexes.rows(path, 1, hashes_of("a"))
    (indexes.folder / "left.tmp").touch()
    indexes.keep(["day=1/b.parquet"])
    assert len(list(indexes.folder.iterdir())) == 1
    assert indexes.rows("day=1/b.parquet", 1, hashes_of("b")).tolist() == [0]
