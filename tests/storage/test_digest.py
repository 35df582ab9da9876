"""The digest of a table: the same for the same rows, another for any other."""

from __future__ import annotations

import pytest

from rtlakehouse.clock import SystemClock
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.digest import digest
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits, Maintenance
from storage.rows import BRONZE, append


def test_neither_files_nor_their_order_change_it(refined: Lake) -> None:
    before = {table: digest(refined, table) for table in TABLES}
    upkeep = Maintenance(refined, SystemClock(), Limits(compact_files=2))
    assert [outcome for table in TABLES for outcome in upkeep.compact(table)]
    assert {table: digest(refined, table) for table in TABLES} == before


def test_the_same_rows_in_another_order_of_commits_have_the_same(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Lake.create(tmp_path_factory.mktemp("other") / "lake")
    append(lake, 0, 1)
    append(lake, 2)
    append(other, 2)
    append(other, 0, 1)
    assert digest(lake, BRONZE) == digest(other, BRONZE)


def test_one_row_more_or_another_has_another(lake: Lake) -> None:
    append(lake, 0)
    append(lake, 1)
    assert len({digest(lake, BRONZE, version) for version in range(3)}) == 3
