"""The first version of a table is what delta-rs would have written, and is made once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from deltalake import DeltaTable

from rtlakehouse.errors import WriteError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.creation import create_table
from rtlakehouse.storage.log import read_actions, read_commit

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", TABLES)
def test_a_first_version_is_as_delta_rs_writes_it(name: str, tmp_path: Path) -> None:
    definition = TABLES[name]
    create_table(tmp_path / "ours", definition, NOW)
    DeltaTable.create(
        tmp_path / "theirs",
        definition.schema,
        mode="ignore",
        partition_by=list(definition.partition_by),
        name=name,
        description=definition.grain,
        configuration={"delta.logRetentionDuration": "interval 7 days"},
    )
    ours, theirs = (
        {key: value for action in read_actions(tmp_path / who, 0) or () for key, value in action.items()}
        for who in ("ours", "theirs")
    )
    own = {"id", "createdTime"}
    assert ours["protocol"] == theirs["protocol"]
    assert ours["metaData"].keys() == theirs["metaData"].keys()
    assert {k: v for k, v in ours["metaData"].items() if k not in own} == {
        k: v for k, v in theirs["metaData"].items() if k not in own
    }
    first, other = (read_commit(tmp_path / who, 0) for who in ("ours", "theirs"))
    assert first is not None
    assert other is not None
    assert (first.operation, first.mode, first.timestamp) == (other.operation, other.mode, NOW)
    read = DeltaTable(tmp_path / "ours")
    assert (read.version(), read.schema()) == (0, DeltaTable(tmp_path / "theirs").schema())


def test_of_several_that_make_a_table_at_once_one_does(tmp_path: Path) -> None:
    definition = TABLES["silver.events"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: create_table(tmp_path, definition, NOW), range(8)))
    made = DeltaTable(tmp_path).metadata().id
    create_table(tmp_path, definition, NOW)
    assert (DeltaTable(tmp_path).metadata().id, DeltaTable(tmp_path).version()) == (made, 0)
    assert [path.name for path in (tmp_path / "_delta_log").iterdir()] == [f"{0:020d}.json"]


def test_a_place_that_takes_no_table_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WriteError, match=r"silver\.events"):
        create_table(tmp_path / "file" / "table", TABLES["silver.events"], NOW)
