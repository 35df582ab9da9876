"""Delta's conflict rules, which the lake's fences stand on: of two writers at one version, what the later one may do.

Whatever is let through must be what one of them after the other would have left. deltalake 1.6.5 and 1.6.6 fail here: there
two racing compactions both commit and double every row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError

from rtlakehouse.clock import SystemClock
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits, Maintenance
from storage.rows import BRONZE, append, positions

Row = tuple[int, int]
Rows = Counter[Row]
# What every table starts with: (key, value), a file each.
START: list[Row] = [(1, 10), (2, 20), (3, 30)]


def table_of(rows: list[Row]) -> pa.Table:
    return pa.table({"key": pa.array([k for k, _ in rows], pa.int64()), "value": pa.array([v for _, v in rows], pa.int64())})


def rows_of(path: Path) -> Rows:
    found = pa.table(DeltaTable(path).to_pyarrow_table())
    return Counter(zip(found["key"].to_pylist(), found["value"].to_pylist(), strict=True))


def an_append(handle: DeltaTable) -> None:
    write_deltalake(handle, table_of([(4, 40)]), mode="append")


def a_replacement(key: int) -> Callable[[DeltaTable], None]:
    def replace(handle: DeltaTable) -> None:
        write_deltalake(handle, table_of([(key, -key)]), mode="overwrite", predicate=f"key = {key}")

    return replace


def an_overwrite(handle: DeltaTable) -> None:
    write_deltalake(handle, table_of([(9, 90)]), mode="overwrite")


def a_compaction(handle: DeltaTable) -> None:
    handle.optimize.compact(commit_properties=CommitProperties(max_commit_retries=0))


def a_delete(handle: DeltaTable) -> None:
    handle.delete("key = 2")


def an_update(handle: DeltaTable) -> None:
    handle.update(updates={"value": "value + 1"}, predicate="key = 2")


def a_merge(handle: DeltaTable) -> None:
    source = table_of([(2, 1), (5, 50)])
    merge = handle.merge(source, "t.key = s.key", source_alias="s", target_alias="t")
    merge.when_matched_update({"value": "t.value + s.value"}).when_not_matched_insert_all().execute()


def a_restore(handle: DeltaTable) -> None:
    handle.restore(1)


OPERATIONS: dict[str, Callable[[DeltaTable], object]] = {
    "append": an_append,
    "replace 1": a_replacement(1),
    "replace 2": a_replacement(2),
    "overwrite": an_overwrite,
    "compact": a_compaction,
    "delete": a_delete,
    "update": an_update,
    "merge": a_merge,
    "restore": a_restore,
}
# What the lake builds on: whether the later of two is let through.
RELIED_UPON = {
    ("append", "append"): True,
    ("append", "compact"): True,
    ("compact", "append"): True,
    ("compact", "compact"): False,
    ("replace 1", "replace 1"): False,
    ("compact", "replace 1"): False,
    ("replace 1", "compact"): False,
}


def start(path: Path) -> Path:
    for row in START:
        write_deltalake(path, table_of([row]), mode="append")
    return path


def one_after_the_other(path: Path, *names: str) -> Rows:
    for name in names:
        OPERATIONS[name](DeltaTable(path))
    return rows_of(path)


@pytest.mark.parametrize("first", OPERATIONS)
def test_what_two_writers_at_one_version_leave_is_what_one_after_the_other_would(first: str, tmp_path: Path) -> None:
    for second in OPERATIONS:
        path = start(tmp_path / second)
        stale = DeltaTable(path)
        OPERATIONS[first](DeltaTable(path))
        try:
            OPERATIONS[second](stale)
        except CommitFailedError:
            allowed = [one_after_the_other(start(tmp_path / f"{second} refused"), first)]
            assert RELIED_UPON.get((first, second)) is not True, second
        else:
            orders = [(first, second), (second, first)]
            allowed = [one_after_the_other(start(tmp_path / f"{a} then {b}"), a, b) for a, b in dict.fromkeys(orders)]
            assert RELIED_UPON.get((first, second)) is not False, second
        assert rows_of(path) in allowed, second


@pytest.mark.parametrize(("first", "second"), list(product(["append", "replace 1"], repeat=2)))
def test_of_one_application_the_later_is_always_refused(first: str, second: str, tmp_path: Path) -> None:
    path = start(tmp_path / "table")
    handles = DeltaTable(path), DeltaTable(path)
    fenced_write(handles[0], first, 1)
    before = rows_of(path)
    with pytest.raises(CommitFailedError):
        fenced_write(handles[1], second, 2)
    assert rows_of(path) == before


def fenced_write(handle: DeltaTable, what: str, progress: int) -> None:
    how = {"mode": "append"} if what == "append" else {"mode": "overwrite", "predicate": "key = 1"}
    properties = CommitProperties(app_transactions=[Transaction("app", progress)])
    write_deltalake(handle, table_of([(1, progress)]), commit_properties=properties, **how)  # type: ignore[call-overload]


def test_compactions_and_appends_that_race_neither_lose_nor_double_a_row(lake: Lake) -> None:
    """The compactions are upkeep's own, which by the engine's lock never race: here they do."""
    spans = [range(i * 10, i * 10 + 10) for i in range(3)]

    def append_all(span: range) -> None:
        for position in span:
            append(lake, position)

    def compact_often(times: int) -> None:
        upkeep = Maintenance(lake, SystemClock(), Limits(compact_files=2))
        for _ in range(times):
            upkeep.compact(BRONZE)

    with ThreadPoolExecutor() as pool:
        work = [pool.submit(append_all, span) for span in spans] + [pool.submit(compact_often, 8) for _ in range(3)]
    for done in work:
        done.result()
    assert positions(lake) == list(range(30))
    compact_often(1)
    assert positions(lake) == list(range(30))
