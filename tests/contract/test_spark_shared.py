"""Work that Spark's tasks share: what each gives, and that the tables are the same however many there are."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from contract.conftest import Start
from faults.loads import assert_right, commit, shop
from rtlakehouse.storage.lake import Lake
from running import drain

pytest.importorskip("pyspark")

from rtlakehouse.engines.spark.sharing import LARGE_BYTES, gathered, result, shares, tables


def test_pieces_are_shared_by_weight() -> None:
    found = shares([5, 1, 4, 2, 9], lambda piece: piece, 3)
    assert sorted(map(sum, found)) == [6, 6, 9]
    assert sorted(piece for share in found for piece in share) == [1, 2, 4, 5, 9]
    assert shares([], len, 3) == []
    assert shares(["a"], len, 3) == [["a"]]


def test_a_table_is_what_it_was_after_it_was_handed_on() -> None:
    empty = pa.table({"a": pa.array([], pa.decimal128(18, 4)), "b": pa.array([], pa.timestamp("us", "UTC"))})
    full = pa.table({"c": [["x"], None]})
    handed = [result(one=full, other=empty), result(one=full.slice(1), other=empty)]
    assert list(tables(handed, "one")) == [full, full.slice(1)]
    assert list(tables(handed, "other")) == [empty, empty]


def test_small_tables_are_gathered_and_none_is_left_out() -> None:
    parts = [pa.table({"a": pa.array(range(count), pa.int64())}) for count in (3, 4, 0, 9, 2)]
    assert [len(table) for table in gathered(parts, 5)] == [7, 9, 2]
    assert list(gathered([], 5)) == []


def test_rows_that_are_large_are_gathered_until_that_is_much() -> None:
    large = pa.table({"a": [b"x" * (LARGE_BYTES // 3)]})
    assert [len(table) for table in gathered([large] * 8, 1_000)] == [3, 3, 2]


@pytest.mark.parametrize("task_events", [1, 1_000])
def test_the_tables_are_the_same_whether_events_are_shared_out_or_not(
    task_events: int, start_spark: Start, tmp_path: Path
) -> None:
    lake = Lake.create(tmp_path / "lake")
    sent, _ = shop(seed=61, count=240, spacing_ms=700)
    for upto in (120, 240):
        commit(lake, sent[:upto], size=15)
        drain(start_spark(lake, max_batch_events=120, task_events=task_events))
    assert_right(lake)
