"""The lake: made and opened, its versions and their vector, columns that a later contract adds; each error with its fix."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake

from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import CorruptionError, NotFoundError, VersionGoneError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import log_dir
from rtlakehouse.storage.maintenance import Limits, Maintenance
from storage.rows import BRONZE, KPIS, append, positions

SILVER, LEDGER = "silver.events", "ops.ledger"
MILLISECOND = timedelta(milliseconds=1)


def test_a_new_lake_has_every_table_with_its_columns_and_no_row(lake: Lake) -> None:
    assert lake.vector() == dict.fromkeys(TABLES, 0)
    assert lake.processed() == 0
    for name, table in TABLES.items():
        handle = DeltaTable(lake.path(name))
        assert [field.name for field in handle.schema().fields] == list(table.column_names)
        assert handle.metadata().partition_columns == list(table.partition_by)
        assert lake.read(name).num_rows == 0


def test_making_a_lake_that_is_there_changes_nothing(refined: Lake) -> None:
    before = {name: refined.version(name) for name in TABLES}
    again = Lake.create(refined.root)
    assert {name: again.version(name) for name in TABLES} == before


def test_opening_what_is_no_lake_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There is no lake at .*nowhere. `rtl up` or `rtl ingest` makes one; --lake"):
        Lake.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("name", ["silver.evnts", "../etc/passwd", "", "events", "silver/events"])
def test_names_go_through_the_registry_and_never_into_a_path(name: str, lake: Lake) -> None:
    with pytest.raises(NotFoundError, match=r"There is no table .* There are bronze\.events, silver\.events"):
        lake.path(name)


def test_a_table_that_is_not_there_is_said_with_what_makes_it(lake: Lake) -> None:
    shutil.rmtree(lake.path(KPIS))
    for ask in (lake.version, lake.files, lake.read, lambda name: lake.files(name, 0)):
        with pytest.raises(NotFoundError, match=rf"has no table {KPIS}\. `rtl up`"):
            ask(KPIS)


def test_a_table_whose_checkpoint_is_damaged_is_said_to_be(lake: Lake) -> None:
    append(lake, 0)
    Maintenance(lake, SystemClock(), Limits()).checkpoint(BRONZE)
    (log_dir(lake.path(BRONZE)) / f"{1:020d}.checkpoint.parquet").write_bytes(b"damaged")
    assert lake.version(BRONZE) == 1  # which its names say
    for ask in (lake.files, lake.read):
        with pytest.raises(CorruptionError, match=rf"{BRONZE} cannot be read: .*rtl doctor"):
            ask(BRONZE)


def test_versions_that_were_never_made_are_told_from_those_that_are_gone(lake: Lake) -> None:
    upkeep = Maintenance(lake, SystemClock(), Limits(log_commits=1, retention=timedelta(0)))
    for position in range(3):
        append(lake, position)
    assert lake.versions(BRONZE) == [0, 1, 2, 3]
    for version in (-1, 4):
        with pytest.raises(NotFoundError, match=f"has no version {version}; its newest is 3"):
            lake.files(BRONZE, version)
    writer = lake.writer(KPIS)
    for progress in range(4):
        writer.append(lake.read(KPIS), "app", progress, {})
        upkeep.checkpoint(KPIS)
    upkeep.clean_log(KPIS)
    assert (kept := lake.versions(KPIS))[0] == 3
    with pytest.raises(VersionGoneError, match="the oldest it keeps is 3") as gone:
        lake.read(KPIS, 1)
    assert gone.value.oldest == kept[0]


def test_each_version_reads_as_it_was(lake: Lake) -> None:
    for position in range(3):
        append(lake, position)
    assert [positions(lake, version) for version in range(4)] == [[], [0], [0, 1], [0, 1, 2]]


def test_a_vector_is_of_one_batch_and_the_upkeep_after_it(refined: Lake) -> None:
    batch = refined.vector()
    append(refined, 1_000)
    silver = refined.writer(SILVER)
    silver.append(refined.read(SILVER), "half a batch", 1, {})
    assert refined.vector() == batch | {BRONZE: refined.version(BRONZE)}
    assert refined.has_data_after(BRONZE, refined.processed())
    assert refined.has_data_after(SILVER, batch[SILVER])


def test_upkeep_belongs_to_the_vector_and_is_no_data(refined: Lake) -> None:
    batch = refined.vector()
    upkeep = Maintenance(refined, SystemClock(), Limits(compact_files=2))
    assert upkeep.compact(SILVER)
    assert upkeep.compact(LEDGER)
    assert refined.vector() == batch | {name: batch[name] + 1 for name in (SILVER, LEDGER)}
    assert not refined.has_data_after(SILVER, batch[SILVER])
    assert refined.processed() == batch[BRONZE]


def test_columns_of_a_newer_contract_are_added_in_place(lake: Lake, refined: Lake) -> None:
    rows = refined.read(SILVER).sort_by("position")
    shutil.rmtree(lake.path(SILVER))
    write_deltalake(lake.path(SILVER), rows.drop_columns(["ua", "campaign"]), partition_by=["event_date"])
    again = Lake.create(lake.root)
    assert again.version(SILVER) == 1
    old = again.read(SILVER).sort_by("position")
    assert old.num_rows == old["ua"].null_count == old["campaign"].null_count == rows.num_rows
    assert old.drop_columns(["ua", "campaign"]).equals(rows.drop_columns(["ua", "campaign"]))
    writer = again.writer(SILVER)
    writer.seal(writer.append(rows, "app", 1, {}))
    assert again.read(SILVER).num_rows == 2 * rows.num_rows
    assert Lake.create(lake.root).version(SILVER) == 2


def test_processes_that_open_a_lake_at_once_do_not_stop_each_other_by_adding_what_is_missing(tmp_path: Path) -> None:
    rows = TABLES[KPIS].schema.empty_table().drop_columns(["late_events"])
    write_deltalake(tmp_path / "gold" / "kpis_1m", rows)
    opened, seen = Lake(tmp_path), DeltaTable(tmp_path / "gold" / "kpis_1m")
    Lake.create(tmp_path)
    opened._evolve(TABLES[KPIS], seen)
    assert opened.version(KPIS) == 1
    assert opened.read(KPIS).column_names == list(TABLES[KPIS].column_names)


def test_a_table_with_deletion_vectors_is_refused(lake: Lake) -> None:
    shutil.rmtree(lake.path(KPIS))
    DeltaTable.create(lake.path(KPIS), TABLES[KPIS].schema, configuration={"delta.enableDeletionVectors": "true"})
    with pytest.raises(CorruptionError, match=f"{KPIS} uses deletionVectors.*rewrite it without"):
        Lake.create(lake.root)
