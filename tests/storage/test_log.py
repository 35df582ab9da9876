"""The log, read directly: each commit as it is in its file, and what is not one."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake

from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import CorruptionError
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.live import files_at
from rtlakehouse.storage.log import checkpointed, commit_path, follow, read_commit
from rtlakehouse.storage.log_checkpoint import transactions
from rtlakehouse.storage.maintenance import Limits, Maintenance
from storage.rows import BRONZE, append, numbered


def test_a_commit_that_is_not_there_is_none(lake: Lake) -> None:
    assert read_commit(lake.path(BRONZE), 1) is None
    assert list(follow(lake.path(BRONZE), 0)) == []


def test_commits_are_followed_in_order_as_far_as_there_is_no_gap(lake: Lake) -> None:
    for position in range(4):
        append(lake, position)
    path = lake.path(BRONZE)
    assert [commit.version for commit in follow(path, -1)] == [0, 1, 2, 3, 4]
    assert [commit.version for commit in follow(path, 2)] == [3, 4]
    commit_path(path, 3).unlink()
    assert [commit.version for commit in follow(path, 0)] == [1, 2]


@pytest.mark.parametrize(("size", "word"), [(0, "empty"), (100, "torn")])
def test_a_damaged_entry_is_an_error_and_not_a_commit(size: int, word: str, lake: Lake) -> None:
    append(lake, 0)
    entry = commit_path(lake.path(BRONZE), 1)
    os.truncate(entry, size)
    with pytest.raises(CorruptionError, match=rf"{entry} is {word}.*rtl doctor"):
        read_commit(lake.path(BRONZE), 1)


def test_a_commit_says_when_it_was_made_and_that_a_compaction_changes_no_rows(lake: Lake) -> None:
    start = datetime.now(UTC).replace(microsecond=0)
    written = [append(lake, position) for position in range(3)]
    Maintenance(lake, SystemClock(), Limits(compact_files=2)).compact(BRONZE)
    compaction = read_commit(lake.path(BRONZE), 4)
    assert compaction is not None
    assert not compaction.data_change
    assert set(compaction.removes) == {file.path for commit in written for file in commit.adds}
    assert [file.rows for file in compaction.adds] == [3]
    assert start <= written[0].timestamp <= compaction.timestamp <= datetime.now(UTC)


def test_the_newest_checkpoint_is_the_one_that_the_log_points_to(lake: Lake) -> None:
    upkeep = Maintenance(lake, SystemClock(), Limits())
    assert checkpointed(lake.path(BRONZE)) == -1
    for position in range(2):
        append(lake, position)
        upkeep.checkpoint(BRONZE)
        assert checkpointed(lake.path(BRONZE)) == position + 1


def test_paths_with_any_characters_are_those_of_delta_rs_and_of_the_disk(tmp_path: Path) -> None:
    values = ["plain", "with blank", "ä/ö", "100%", "a=b&c", "%20", "'quoted'", "#"]
    data = pa.table({"value": values, "number": range(len(values))})
    write_deltalake(tmp_path, data, partition_by=["value"])
    DeltaTable(tmp_path).delete("number < 3")
    first, second = follow(tmp_path, -1)
    listed = files_at(tmp_path, 0)[1]
    assert {file.path: file.partition for file in first.adds} == {path: file.partition for path, file in listed.items()}
    assert sorted(file.partition["value"] or "" for file in first.adds) == sorted(values)
    assert all((tmp_path / file.path).exists() for file in first.adds)
    assert set(second.removes) == set(listed) - set(files_at(tmp_path, 1)[1])


def test_the_progress_of_every_application_is_listed_also_of_commits_that_were_cleaned_away(lake: Lake) -> None:
    writer = lake.writer(BRONZE)
    assert transactions(lake.path(BRONZE)) == {}
    writer.append_all(numbered(0), {"kafka:a": 1, "kafka:b": 1}, {})
    writer.append(numbered(1), "kafka:a", 2, {})
    Maintenance(lake, SystemClock(), Limits()).checkpoint(BRONZE)
    for version in range(2):
        commit_path(lake.path(BRONZE), version).unlink()
    writer.append(numbered(2), "file", 5, {})
    assert transactions(lake.path(BRONZE)) == {"kafka:a": 2, "kafka:b": 1, "file": 5}


@pytest.mark.parametrize(
    ("text", "found"),
    [('{"rtl":{"versions":{"silver.events":3}}}', {"versions": {"silver.events": 3}}), ("by hand", {}), ('{"other":1}', {})],
)
def test_what_spark_says_of_a_commit_is_read_where_it_is_ours(text: str, found: dict[str, object], tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"n": [1]}), commit_properties=CommitProperties(custom_metadata={"userMetadata": text}))
    commit = read_commit(tmp_path, 0)
    assert commit is not None
    assert commit.metadata == found
