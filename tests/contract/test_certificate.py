"""The certificate: the same records, two engines, equal tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contract.conftest import Start
from faults.programs import Program, Programs, until
from integration.retail import FILE, MAPPING
from kafka.broker import Broker
from rtlakehouse.certificate import CERTIFIED, simulated
from rtlakehouse.clock import SystemClock
from rtlakehouse.contract.contract import load, reasons
from rtlakehouse.contract.mapping import load_mapping
from rtlakehouse.ingest.files import open_file
from rtlakehouse.medallion.graph import SIBLINGS
from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.digest import digest
from rtlakehouse.storage.lake import Lake
from running import append_rows, broken, drain, engine_on

# A JVM has to start, and the machine may do something else as well.
pytestmark = pytest.mark.timeout(900)

EVENING = datetime(2026, 1, 5, 23, 59, 30, tzinfo=UTC)


def copy_of_bronze(lake: Lake, root: Path) -> Lake:
    """Another lake with the same bronze, in as many commits."""
    other = Lake.create(root)
    for version in range(1, lake.version("bronze.events") + 1):
        rows = [pq.read_table(lake.path("bronze.events") / path, partitioning=None) for path in new_files(lake, version)]
        append_rows(other, rows[0])
    return other


def new_files(lake: Lake, version: int) -> list[str]:
    return sorted(set(lake.files("bronze.events", version)) - set(lake.files("bronze.events", version - 1)))


def assert_equal(lake: Lake, start_spark: Start, root: Path, batch: int) -> None:
    """Both engines make the same rows of this bronze, in batches of different sizes, and every promise holds of them."""
    other = copy_of_bronze(lake, root)
    drain(engine_on(lake, max_batch_events=batch // 3))
    drain(start_spark(other, max_batch_events=batch))
    assert {table: digest(other, table) for table in CERTIFIED} == {table: digest(lake, table) for table in CERTIFIED}
    assert broken(lake) == broken(other) == []


def test_simulated_shoppers_with_much_dirt_come_to_the_same_tables(start_spark: Start, tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "embedded")
    # Four hours of events, so that the tables of one row a minute are well filled, too.
    simulated(lake, 20_000, seed=5, start=EVENING, chunk=2_500, spacing_ms=720)
    assert_equal(lake, start_spark, tmp_path / "spark", batch=10_000)
    assert min(lake.read(table).num_rows for table in CERTIFIED) > 100
    given = {reason for row in lake.read("silver.quarantine")["reasons"].to_pylist() for reason in row}
    # Nobody sends what was erased: records become it.
    assert kinds(given) == kinds(reasons(load())) - {"erased", "expired"}


def kinds(given: Iterable[str]) -> set[str]:
    """Reasons without the fields that they are of."""
    return {reason.partition(":")[0] for reason in given}


@pytest.mark.long
def test_days_of_real_sales_come_to_the_same_tables(start_spark: Start, tmp_path: Path) -> None:
    part = tmp_path / "days.parquet"
    pq.write_table(pq.read_table(FILE).slice(0, 12_000), part)
    lake = Lake.create(tmp_path / "embedded")
    source = open_file(part, "default", load_mapping(MAPPING), received_now=False)
    for _ in source.replay(lake, SystemClock(), 4_000):
        pass
    assert_equal(lake, start_spark, tmp_path / "spark", batch=12_000)


def test_the_command_prints_the_hashes_of_both_for_shoppers_and_real_sales(
    spark_options: Any, programs: Programs, root: Path, tmp_path: Path
) -> None:
    part = tmp_path / "part.parquet"
    pq.write_table(pq.read_table(FILE).slice(0, 3_000), part)
    certified = lines_of(programs.start("certify", "--events", "3000", part, "--mapping", MAPPING, "--json", lake=root))
    assert sum(rows(certified, *SIBLINGS)) == 6_000
    assert not root.exists()


@pytest.mark.long
def test_the_command_has_both_read_one_topic_and_prints_their_hashes(
    spark_options: Any, broker: Broker, programs: Programs, root: Path, tmp_path: Path
) -> None:
    part = tmp_path / "part.parquet"
    pq.write_table(pq.read_table(FILE).slice(0, 3_000), part)
    records = ("--events", "3000", part, "--mapping", MAPPING)
    certified = lines_of(programs.start("certify", *records, "--kafka", broker.address, "--json", lake=root))
    assert sum(rows(certified, *SIBLINGS)) == 6_000
    assert not root.exists()
    until(lambda: not [name for name in broker.admin.list_topics().topics if "certify" in name], "the topic is left")


def test_a_topic_that_has_nothing_is_no_certificate(
    spark_options: Any, broker: Broker, topic: str, programs: Programs, root: Path
) -> None:
    for named, why in ((topic, "has no records"), (f"{topic}-other", "There is no topic")):
        refused = programs.run("certify", "--kafka", broker.address, "--topic", named, lake=root)
        assert refused.code == 1
        assert why in refused.said


@pytest.mark.long
@pytest.mark.timeout(2_400)
def test_two_hundred_thousand_events_and_the_whole_year_of_one_topic_come_to_the_same_tables(
    spark_options: Any, broker: Broker, programs: Programs, root: Path
) -> None:
    records = ("--events", "200000", str(FILE), "--mapping", str(MAPPING))
    command = programs.start("certify", *records, "--kafka", broker.address, "--json", lake=root)
    certified = lines_of(command, timedelta(minutes=30))
    assert sum(rows(certified, *SIBLINGS)) == 200_000 + pq.read_metadata(FILE).num_rows


def lines_of(program: Program, patience: timedelta = timedelta(minutes=10)) -> dict[str, int]:
    """The rows of each table by a certificate, of which every line is equal."""
    assert program.wait(patience.total_seconds()) == 0, program.said[-3000:]
    lines = json.loads(program.printed)
    assert [line["table"] for line in lines] == list(CERTIFIED)
    assert all(line["equal"] and set(line["hashes"]) == {"embedded", "spark"} for line in lines), lines
    return {line["table"]: line["rows"] for line in lines}


def rows(certified: Mapping[str, int], *tables: Table) -> list[int]:
    return [certified[table.name] for table in tables]
