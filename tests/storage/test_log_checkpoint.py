"""Checkpoints of a log: what any reader of Delta makes of them is what the entries said, whatever was done before."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, Field
from deltalake.schema import PrimitiveType

from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import CorruptionError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import checkpointed, commit_path, entries, log_dir
from rtlakehouse.storage.log_checkpoint import transactions, write_checkpoint
from rtlakehouse.storage.maintenance import Limits, Maintenance
from storage.rows import BRONZE, KPIS, append, counts, minute, windows


def by_delta_rs(lake: Lake, table: str) -> dict[str, Any]:
    """All that delta-rs says of the newest version."""
    handle = DeltaTable(lake.path(table))
    metadata, protocol = handle.metadata(), handle.protocol()
    adds = handle.get_add_actions(flatten=True)
    files = sorted((dict(zip(adds.column_names, row, strict=True)) for row in zip(*adds.columns, strict=True)), key=str)
    return {
        "version": handle.version(),
        "schema": handle.schema().to_json(),
        "metadata": (metadata.id, metadata.name, metadata.description, metadata.partition_columns, metadata.configuration),
        "protocol": (protocol.min_reader_version, protocol.min_writer_version),
        "files": [{name: value.as_py() for name, value in file.items()} for file in files],
        "steps": {name: handle.transaction_version(name) for name in ("app", "other")},
    }


def without_entries(lake: Lake, table: str) -> None:
    for version in entries(lake.path(table)):
        if version <= checkpointed(lake.path(table)):
            commit_path(lake.path(table), version).unlink()


def test_after_any_history_a_checkpoint_says_what_the_entries_said(lake: Lake, chance: random.Random) -> None:
    writer = lake.writer(KPIS)
    upkeep = Maintenance(lake, SystemClock(), Limits(compact_files=2))
    for progress in range(30):
        new = {number: chance.randrange(100) for number in chance.sample(range(10), 2)}
        what = chance.choice(["append", "replace", "replace", "compact", "other", "checkpoint", "theirs"])
        if what in ("append", "other"):
            writer.append(windows(new), "app" if what == "append" else "other", progress, {})
        elif what == "replace":
            writer.replace(windows(new), [minute(number) for number in new], "app", progress, {})
        elif what == "compact":
            upkeep.compact(KPIS)
        elif what == "theirs":
            DeltaTable(lake.path(KPIS)).create_checkpoint()
        elif lake.version(KPIS) > checkpointed(lake.path(KPIS)):
            write_checkpoint(lake.path(KPIS), lake.version(KPIS))
        writer.refresh()
    before, rows = by_delta_rs(lake, KPIS), sorted(lake.read(KPIS)["events"].to_pylist())
    write_checkpoint(lake.path(KPIS), lake.version(KPIS))
    without_entries(lake, KPIS)
    assert by_delta_rs(lake, KPIS) == before
    assert sorted(lake.read(KPIS)["events"].to_pylist()) == rows
    assert transactions(lake.path(KPIS)) == {name: step for name, step in before["steps"].items() if step is not None}


def test_every_table_opens_from_its_checkpoint_alone(refined: Lake) -> None:
    """Partitioned tables, and one that got a column since its checkpoint before."""
    write_checkpoint(refined.path(KPIS), refined.version(KPIS))
    DeltaTable(refined.path(KPIS)).alter.add_columns([Field("margin", PrimitiveType("long"), nullable=True)])
    before = {name: by_delta_rs(refined, name) for name in TABLES}
    for name in TABLES:
        write_checkpoint(refined.path(name), refined.version(name))
        without_entries(refined, name)
    assert {name: by_delta_rs(refined, name) for name in TABLES} == before


def test_its_size_does_not_depend_on_what_was_removed(lake: Lake) -> None:
    upkeep = Maintenance(lake, SystemClock(), Limits(compact_files=5, log_commits=5, retention=timedelta(0)))
    writer = lake.writer(KPIS)
    for number in range(60):
        writer.seal(writer.replace(windows({0: number}), [minute(0)], "app", number, {}))
        upkeep.run(KPIS)
        writer.refresh()
    upkeep.checkpoint(KPIS)
    made = log_dir(lake.path(KPIS)) / f"{lake.version(KPIS):020d}.checkpoint.parquet"
    assert pq.read_metadata(made).num_rows == 4  # protocol, metadata, one application, one file
    assert counts(lake) == {0: 59}


def test_without_an_entry_nothing_is_written(lake: Lake) -> None:
    for position in range(3):
        append(lake, position)
    commit_path(lake.path(BRONZE), 2).unlink()
    with pytest.raises(CorruptionError, match="lacks version 2"):
        write_checkpoint(lake.path(BRONZE), 3)
    assert checkpointed(lake.path(BRONZE)) == -1
