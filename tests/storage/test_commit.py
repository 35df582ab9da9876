"""A commit: once, in order, fenced against a second writer, and read back with what it carries."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, Field
from deltalake.schema import PrimitiveType

from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import CommitConflictError, CorruptionError, InvariantError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.commit import TableWriter
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import log_dir, read_commit
from rtlakehouse.storage.maintenance import Limits, Maintenance
from running import drain, engine_on
from storage.rows import BRONZE, KPIS, append, counts, minute, numbered, positions, windows


def test_an_append_carries_its_progress_and_metadata(lake: Lake) -> None:
    writer = lake.writer(BRONZE)
    commit = writer.append(numbered(0, 1), "app", 7, {"why": "test", "nested": {"a": [1, None]}})
    assert commit == read_commit(lake.path(BRONZE), 1)
    assert commit.transactions == {"app": 7}
    assert commit.metadata == {"why": "test", "nested": {"a": [1, None]}}
    assert commit.data_change
    assert [file.rows for file in commit.adds] == [2]
    assert positions(lake) == [0, 1]


def test_progress_is_each_applications_own(lake: Lake) -> None:
    writer = lake.writer(BRONZE)
    assert writer.progress("one") is None
    writer.append(numbered(0), "one", 5, {})
    writer.append(numbered(1), "two", 0, {})
    assert (writer.progress("one"), writer.progress("two"), writer.progress("three")) == (5, 0, None)


def test_progress_of_others_is_seen_after_reopening(lake: Lake) -> None:
    early = lake.writer(BRONZE)
    lake.writer(BRONZE).append(numbered(0), "app", 1, {})
    assert (early.version, early.progress("app")) == (0, None)
    early.reopen()
    assert (early.version, early.progress("app")) == (1, 1)


@pytest.mark.parametrize("progress", [1, 2], ids=["the same step", "another step"])
def test_of_two_writers_of_one_application_the_later_is_refused(progress: int, lake: Lake) -> None:
    first, second = lake.writer(BRONZE), lake.writer(BRONZE)
    first.append(numbered(0), "app", 1, {})
    with pytest.raises(CommitConflictError, match="another writer committed first"):
        second.append(numbered(1), "app", progress, {})
    assert positions(lake) == [0]
    second.reopen()
    assert second.progress("app") == 1
    second.append(numbered(1), "app", 2, {})
    assert positions(lake) == [0, 1]


def test_writers_of_two_applications_do_not_hinder_each_other(lake: Lake) -> None:
    first, second = lake.writer(BRONZE), lake.writer(BRONZE)
    first.append(numbered(0), "one", 1, {})
    commit = second.append(numbered(1), "two", 1, {})
    assert commit.version == second.version == 2
    assert commit.transactions == {"two": 1}
    assert positions(lake) == [0, 1]


def test_one_commit_takes_several_applications_forward(lake: Lake) -> None:
    writer = lake.writer(BRONZE)
    commit = writer.append_all(numbered(0, 1), {"one": 4, "two": 9}, {})
    assert commit.transactions == {"one": 4, "two": 9}
    writer.reopen()
    assert (writer.progress("one"), writer.progress("two")) == (4, 9)


def test_a_commit_without_rows_takes_its_applications_forward_and_leaves_nothing_to_process(lake: Lake) -> None:
    commit = lake.writer(BRONZE).append_all(numbered(), {"one": 4}, {"why": "test"})
    assert (commit.adds, commit.transactions, commit.metadata) == ((), {"one": 4}, {"why": "test"})
    assert not lake.has_data_after(BRONZE, 0)
    assert positions(lake) == []


def test_writers_that_share_one_of_several_applications_conflict(lake: Lake) -> None:
    first, second = lake.writer(BRONZE), lake.writer(BRONZE)
    first.append_all(numbered(0), {"one": 1, "two": 1}, {})
    with pytest.raises(CommitConflictError, match="another writer committed first"):
        second.append_all(numbered(1), {"two": 1, "three": 1}, {})
    assert positions(lake) == [0]


def laid_below(lake: Lake, name: str, *numbers: int) -> Path:
    """A file of records in a folder of the table, of which no version knows."""
    folder = lake.path(BRONZE) / "laid"
    folder.mkdir(exist_ok=True)
    pq.write_table(numbered(*numbers), folder / name)
    return folder / name


def test_files_that_were_laid_below_the_table_become_part_of_it(lake: Lake) -> None:
    writer = lake.writer(BRONZE)
    commit = writer.adopt([laid_below(lake, "a.parquet", 0, 1), laid_below(lake, "b.parquet", 2)], {"one": 3}, {"why": "test"})
    writer.seal(commit)
    assert sorted((file.path, file.rows) for file in commit.adds) == [("laid/a.parquet", 2), ("laid/b.parquet", 1)]
    assert (commit.transactions, commit.metadata, commit.data_change) == ({"one": 3}, {"why": "test"}, True)
    assert (writer.version, writer.progress("one")) == (1, 3)
    assert positions(lake) == [0, 1, 2]
    assert set(lake.seals(BRONZE).read()) == set(lake.files(BRONZE))


def test_a_file_without_statistics_is_taken_and_may_hold_anything(lake: Lake) -> None:
    path = laid_below(lake, "a.parquet", 0, 1)
    pq.write_table(numbered(0, 1), path, write_statistics=False)
    (file,) = lake.writer(BRONZE).adopt([path], {"one": 1}, {}).adds
    assert (file.rows, dict(file.lowest), dict(file.highest)) == (2, {}, {})
    assert positions(lake) == [0, 1]


def test_what_a_killed_writer_left_beside_the_log_is_no_version(lake: Lake) -> None:
    append(lake, 0)
    log = log_dir(lake.path(BRONZE))
    (log / f"{2:020d}.json.0a1b.tmp").write_bytes(b'{"half')
    append(lake, 1)
    Maintenance(lake, SystemClock(), Limits(compact_files=2)).run(BRONZE)
    assert DeltaTable(lake.path(BRONZE)).version() == lake.version(BRONZE) == lake.writer(BRONZE).version == 3
    assert Lake.create(lake.root).healed == ()
    assert positions(lake) == [0, 1]


def test_whoever_adopts_files_for_a_step_that_was_made_is_refused(lake: Lake) -> None:
    late = lake.writer(BRONZE)
    lake.writer(BRONZE).append(numbered(0), "one", 1, {})
    with pytest.raises(CommitConflictError):
        late.adopt([laid_below(lake, "a.parquet", 0)], {"one": 1}, {})
    assert positions(lake) == [0]


def test_racing_writers_of_one_application_make_each_step_once(lake: Lake) -> None:
    all_are_open = Barrier(4)

    def take_part(number: int) -> int:
        writer, conflicts = lake.writer(BRONZE), 0
        all_are_open.wait()
        while (done := _done(writer)) < 12:
            try:
                writer.append(numbered(done + 1), "app", done + 1, {"by": number})
            except CommitConflictError:
                conflicts += 1
                writer.reopen()
        return conflicts

    with ThreadPoolExecutor(4) as pool:
        conflicts = sum(pool.map(take_part, range(4)))
    assert positions(lake) == list(range(13))
    assert conflicts >= 3


def _done(writer: TableWriter) -> int:
    found = writer.progress("app")
    return -1 if found is None else found


def test_replace_takes_the_place_of_the_rows_of_its_windows_alone(lake: Lake) -> None:
    writer = lake.writer(KPIS)
    writer.append(windows({0: 1, 1: 1, 2: 1}), "app", 1, {})
    commit = writer.replace(windows({1: 5, 3: 5}), [minute(1), minute(3)], "app", 2, {"windows": 2})
    assert counts(lake) == {0: 1, 1: 5, 2: 1, 3: 5}
    assert counts(lake, 1) == {0: 1, 1: 1, 2: 1}
    assert (commit.transactions, commit.metadata, writer.progress("app")) == ({"app": 2}, {"windows": 2}, 2)


def test_replace_by_nothing_removes(lake: Lake) -> None:
    writer = lake.writer(KPIS)
    writer.append(windows({0: 1, 1: 1}), "app", 1, {})
    writer.replace(windows({}), [minute(0)], "app", 2, {})
    assert counts(lake) == {1: 1}


def test_rows_outside_the_windows_are_refused(lake: Lake) -> None:
    writer = lake.writer(KPIS)
    writer.append(windows({0: 1}), "app", 1, {})
    with pytest.raises(InvariantError, match="outside the windows"):
        writer.replace(windows({0: 5, 1: 5}), [minute(0)], "app", 2, {})
    writer.reopen()
    assert (counts(lake), writer.progress("app")) == ({0: 1}, 1)


@pytest.mark.parametrize("other", ["append", "compact"])
def test_a_replace_gives_way_to_whatever_was_committed_since_it_looked(other: str, lake: Lake) -> None:
    for number in range(2):
        lake.writer(KPIS).append(windows({number: 1}), f"app {number}", 1, {})
    late = lake.writer(KPIS)
    if other == "append":
        lake.writer(KPIS).append(windows({5: 1}), "other", 1, {})
    else:
        Maintenance(lake, SystemClock(), Limits(compact_files=2)).compact(KPIS)
    before = counts(lake)
    with pytest.raises(CommitConflictError):
        late.replace(windows({0: 9}), [minute(0)], "app", 1, {})
    assert counts(lake) == before
    late.reopen()
    late.replace(windows({0: 9}), [minute(0)], "app", 1, {})
    assert counts(lake) == before | {0: 9}


def test_an_append_goes_on_after_what_others_committed_since_it_looked(lake: Lake) -> None:
    late = lake.writer(BRONZE)
    for number in range(3):
        lake.writer(BRONZE).append(numbered(number), "other", number, {})
    Maintenance(lake, SystemClock(), Limits(compact_files=2)).compact(BRONZE)
    commit = late.append(numbered(3), "app", 1, {})
    assert (commit.version, late.version, late.progress("other")) == (5, 5, 2)
    assert positions(lake) == [0, 1, 2, 3]


def cleaned(lake: Lake) -> None:
    """Others have committed, and the log begins at a checkpoint after that."""
    upkeep = Maintenance(lake, SystemClock(), Limits(compact_files=2, log_commits=1))
    for number in range(1, 7):
        lake.writer(BRONZE).append(numbered(number), "other", number, {})
        upkeep.checkpoint(BRONZE)
    with closing(engine_on(lake)) as engine:
        drain(engine)
    assert upkeep.clean_log(BRONZE)
    assert read_commit(lake.path(BRONZE), 2) is None


def test_an_append_after_a_log_was_cleaned_is_not_lost_in_a_version_below(lake: Lake) -> None:
    """A writer that was idle meanwhile: the version after its own has no entry any more, and would be free to take."""
    late = lake.writer(BRONZE)
    late.append(numbered(0), "app", 0, {})
    cleaned(lake)
    commit = late.append(numbered(7), "app", 1, {})
    assert commit.version == lake.version(BRONZE) == 8
    assert positions(lake) == list(range(8))


def test_a_writer_whose_application_went_on_meanwhile_is_refused_after_a_log_was_cleaned(lake: Lake) -> None:
    late = lake.writer(BRONZE)
    lake.writer(BRONZE).append(numbered(0), "app", 1, {})
    cleaned(lake)
    with pytest.raises(CommitConflictError, match="others have committed"):
        late.append(numbered(9), "app", 1, {})
    assert positions(lake) == list(range(7))


def test_an_append_gives_way_to_a_changed_table(lake: Lake) -> None:
    late = lake.writer(BRONZE)
    DeltaTable(lake.path(BRONZE)).alter.add_columns([Field("later", PrimitiveType("string"))])
    with pytest.raises(CommitConflictError):
        late.append(numbered(0), "app", 1, {})
    assert positions(lake) == []


def test_what_was_replaced_leaves_the_untouched_files_alone(lake: Lake) -> None:
    writer = lake.writer(KPIS)
    writer.append(windows({0: 1, 9: 1}), "app", 1, {})
    writer.append(windows({20: 1}), "app", 2, {})
    before = set(lake.files(KPIS))
    commit = writer.replace(windows({5: 1}), [minute(5)], "app", 3, {})
    assert (commit.removes, set(lake.files(KPIS)) - before) == ((), {file.path for file in commit.adds})


def test_other_readers_of_delta_see_the_rows_and_what_the_log_says_of_them(refined: Lake) -> None:
    """Texts that are long may have no bounds, and what is not plain may have no statistics; what is said must hold."""
    bounded: set[str] = set()
    for name, table in TABLES.items():
        handle = DeltaTable(refined.path(name))
        assert table.conform(pa.table(handle.to_pyarrow_table())).num_rows == sum(
            file.rows for file in refined.files(name).values()
        )
        for said in pa.table(handle.get_add_actions(flatten=True)).to_pylist():
            rows = pq.read_table(refined.path(name) / unquote(said["path"]), partitioning=None)
            assert said["num_records"] == rows.num_rows
            for column in rows.column_names:
                if (nulls := said.get(f"null_count.{column}")) is not None:
                    assert nulls == rows[column].null_count, (name, column)
                if (lowest := said.get(f"min.{column}")) is not None:
                    bounds = pc.min_max(rows[column]).as_py()
                    assert (lowest, said[f"max.{column}"]) == (bounds["min"], bounds["max"]), (name, column)
                    bounded.add(column)
    assert {"event_time", "window_start", "event_id", "price", "position", "gross"} <= bounded


def test_a_replace_that_starts_from_an_older_version_is_refused(lake: Lake) -> None:
    first, second = lake.writer(KPIS), lake.writer(KPIS)
    first.replace(windows({0: 1}), [minute(0)], "app", 1, {})
    with pytest.raises(CommitConflictError):
        second.replace(windows({0: 9}), [minute(0)], "app", 1, {})
    assert counts(lake) == {0: 1}


def test_data_that_does_not_fit_the_table_is_not_written(lake: Lake) -> None:
    writer = lake.writer(BRONZE)
    too_large = numbered(0).drop_columns(["partition"]).append_column("partition", pa.array([1 << 40]))
    with pytest.raises(pa.ArrowInvalid, match="1099511627776"):
        writer.append(too_large, "app", 1, {})
    with pytest.raises(KeyError):
        writer.append(numbered(0).drop_columns(["raw"]), "app", 1, {})
    assert lake.version(BRONZE) == 0


def test_a_table_that_cannot_be_opened_says_so_and_the_way_on(lake: Lake) -> None:
    writer = lake.writer(BRONZE)
    shutil.rmtree(lake.path(BRONZE) / "_delta_log")
    with pytest.raises(CorruptionError, match=r"bronze\.events cannot be read: .*rtl doctor"):
        writer.reopen()
