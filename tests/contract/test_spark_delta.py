"""What Spark has worked out and this package has committed, Delta's own library on Spark reads: no table is ours alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from contract.conftest import Start
from faults.loads import commit, shop
from markdown import blocks
from rtlakehouse.clock import SystemClock
from rtlakehouse.medallion.graph import GOLD, JOURNALS, TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits, Maintenance
from running import drain


@pytest.fixture(scope="module")
def filled(start_spark: Start, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with rows in every table: of many commits, of which upkeep has gathered the first."""
    lake = Lake.create(tmp_path_factory.mktemp("delta") / "lake")
    sent, _ = shop(seed=17, count=200, spacing_ms=1_000)
    commit(lake, sent[:100], size=50)
    drain(start_spark(lake, max_batch_events=50))
    for table in TABLES:
        Maintenance(lake, SystemClock(), Limits(compact_files=2)).run(table)
    commit(lake, sent, size=50)
    drain(start_spark(lake, max_batch_events=50))
    return lake


def in_order(rows: pa.Table, table: str) -> pa.Table:
    return TABLES[table].conform(rows).sort_by([(name, "ascending") for name in TABLES[table].key])


@pytest.mark.parametrize("table", TABLES)
def test_delta_on_spark_reads_every_table(table: str, filled: Lake, spark: Any) -> None:
    rows = spark.read.format("delta").load(str(filled.path(table))).toArrow()
    # Nothing odd has happened there that could have been told.
    assert rows.num_rows > 0 or TABLES[table] in JOURNALS
    assert in_order(rows, table) == in_order(filled.read(table), table)


@pytest.mark.parametrize("table", [table.name for table in GOLD])
def test_what_spark_makes_of_a_gold_tables_sql_are_its_rows(table: str, filled: Lake, spark: Any) -> None:
    spark.read.format("delta").load(str(filled.path("silver.events"))).createOrReplaceTempView("events")
    rows = spark.sql(TABLES[table].query).toArrow()
    assert in_order(rows, table) == in_order(filled.read(table), table)


@pytest.mark.parametrize("version", [1, -1])
def test_delta_on_spark_travels_to_what_a_window_was_before(version: int, filled: Lake, spark: Any) -> None:
    table = "gold.revenue_1m"
    version %= filled.version(table)
    reader = spark.read.format("delta").option("versionAsOf", version)
    rows = reader.load(str(filled.path(table))).toArrow()
    assert in_order(rows, table) == in_order(filled.read(table, version), table) != in_order(filled.read(table), table)


def test_the_snippet_of_the_runbook_reads_with_spark(filled: Lake, spark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = blocks((Path(__file__).parents[2] / "docs" / "runbook.md").read_text("utf-8"), "py")
    # Spark looks from where it was started.
    exec(compile(snippet.replace('"lake/', f'"{filled.root}/'), "docs/runbook.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "|conversion_rate|" in shown
    assert shown.count("default|") == len(filled.read("gold.kpis_1m"))
