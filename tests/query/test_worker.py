"""Behind the grammar: what a worker can reach when a statement gets there unchecked, and that it answers as DuckDB does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
from rtlakehouse.catalog import Catalog, Snapshot
from rtlakehouse.catalog.files import local_times
from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import QueryLimitError, SourceError, SqlError
from rtlakehouse.query.jail import parse
from rtlakehouse.query.process import Bounds
from rtlakehouse.query.relations import relation, tenant_files
from rtlakehouse.query.wire import Task
from rtlakehouse.query.workers import Cancellation, Workers
from running import append, drain, engine_on, lake_with
from shapes import as_json

BOUNDS = Bounds(deadline_s=20, memory_mb=256, max_bytes=1 << 20, threads=1, concurrent=2)
NOW = datetime.now(UTC).replace(microsecond=0)
TENANTS = ("acme", "globex")
COUNTRIES = ("DE", "FR", "IT", None)


def record(position: int, tenant_id: str) -> oracle.Record:
    at = NOW - timedelta(seconds=position % 170)
    raw = as_json(
        event_id=f"{tenant_id}{position}",
        event_type=("page_view", "add_to_cart", "purchase")[position % 3],
        user_id=f"user{position % 7}",
        product_id=f"product{position % 5}",
        price=position % 11,
        quantity=1 + position % 4,
        currency="EUR",
        ts=round(at.timestamp() * 1000),
        country=COUNTRIES[position % 4],
    )
    return oracle.Record(raw, position, NOW, NOW, tenant_id=tenant_id)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """A lake of two tenants: one commit of the first alone, one of both."""
    alone = [record(i, "acme") for i in range(60)]
    both = [record(i, TENANTS[i % 2]) for i in range(60, 200)]
    lake = lake_with(tmp_path_factory.mktemp("sql") / "lake", [alone])
    append(lake, both)
    engine = engine_on(lake)
    drain(engine)
    engine.close()
    catalog = Catalog(lake, SystemClock(), poll=timedelta(seconds=1), memory_mb=128, gold_mb=16)
    yield catalog.latest
    catalog.close()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    found = Workers(BOUNDS)
    yield found
    found.close()


def task(snapshot: Snapshot, tenant_id: str, sql: str, *tables: str) -> Task:
    return Task(tenant_id, [relation(snapshot, name, tenant_id) for name in tables or ("silver.events",)], sql, {})


def unchecked(workers: Workers, snapshot: Snapshot, sql: str, tenant_id: str = "acme") -> pa.Table:
    """What a statement finds that no grammar looked at."""
    return workers.run(task(snapshot, tenant_id, sql), Cancellation())


def test_the_files_are_told_apart_by_whose_rows_they_hold(snapshot: Snapshot) -> None:
    acme, globex = (tenant_files(snapshot, "silver.events", name) for name in TENANTS)
    assert acme.own
    assert acme.mixed
    assert not globex.own
    assert globex.mixed == acme.mixed


@pytest.mark.parametrize("tenant_id", TENANTS)
def test_a_worker_holds_the_rows_of_one_tenant(workers: Workers, snapshot: Snapshot, tenant_id: str) -> None:
    found = unchecked(workers, snapshot, "select distinct tenant_id from silver.events", tenant_id)
    assert found.to_pylist() == [{"tenant_id": tenant_id}]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/passwd')",
        "select * from glob('/*')",
        "select * from '{mixed}'",
        "select * from read_parquet('{mixed}')",
        "copy (select 1) to '{mixed}.csv'",
        "attach '{mixed}.db'",
        "select * from read_csv('https://example.org/x.csv')",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set allowed_paths = ['{mixed}']",
        "set memory_limit = '10GB'",
        "reset lock_configuration",
        "select * from rows_of_python",
    ],
)
def test_a_worker_opens_nothing_but_its_tables(workers: Workers, snapshot: Snapshot, sql: str) -> None:
    (mixed,) = (snapshot.root / "silver" / "events" / file.path for file in tenant_files(snapshot, "silver.events", "acme").mixed)
    with pytest.raises((SqlError, FileNotFoundError)):
        unchecked(workers, snapshot, sql.format(mixed=mixed))


def test_what_one_statement_changes_the_next_does_not_see(workers: Workers, snapshot: Snapshot) -> None:
    unchecked(workers, snapshot, "drop view silver.events")
    assert unchecked(workers, snapshot, "select count(*) as n from silver.events")["n"].to_pylist() == [130]


def test_one_large_value_is_more_than_the_memory(workers: Workers, snapshot: Snapshot) -> None:
    with pytest.raises(QueryLimitError, match="more than 256 MB"):
        unchecked(workers, snapshot, "select length(repeat('x', 4000000000)) as n")


def test_a_page_over_its_size_is_refused(workers: Workers, snapshot: Snapshot) -> None:
    with pytest.raises(QueryLimitError, match="fewer rows or columns"):
        unchecked(workers, snapshot, "select repeat('x', 100000) as x from silver.events")


def test_a_statement_that_nobody_waits_for_any_more_is_not_run(workers: Workers, snapshot: Snapshot) -> None:
    ending = Cancellation()
    ending.cancel()
    with pytest.raises(SourceError):
        workers.run(task(snapshot, "acme", "select 1"), ending)


COLUMNS = st.sampled_from(["event_type", "user_id", "product_id", "country", "quantity", "price"])
CONDITIONS = st.sampled_from(
    ["true", "price > 4", "country is null", "quantity in (1, 3)", "event_type = 'purchase' or user_id like '%3'", "not is_late"]
)
AGGREGATES = st.sampled_from(["count(*)", "sum(quantity)", "max(price)", "count(distinct user_id)", "min(event_time)"])


@st.composite
def statements(draw: st.DrawFn) -> str:
    """Queries over `silver.events` of many shapes, whose rows are in one order."""
    by, other, condition, aggregate = draw(COLUMNS), draw(COLUMNS), draw(CONDITIONS), draw(AGGREGATES)
    shapes = [
        f"select {by}, {aggregate} as a from silver.events where {condition} group by {by}",
        f"select distinct {by}, {other} as o from silver.events where {condition}",
        f"with events as (select * from silver.events where {condition}) select {aggregate} as a from events",
        f"select e.{by}, (select {aggregate} from silver.events as i where i.{other} = e.{other}) as a from silver.events as e",
        f"select l.{by}, count(*) as n from silver.events as l join silver.events as r using ({other}) group by 1",
        f"select {by} from silver.events where {condition} union select {by} from silver.events",
        f"select {by}, rank() over (partition by {other} order by event_id) as r from silver.events where {condition}",
    ]
    return draw(st.sampled_from(shapes))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(sql=statements(), tenant_id=st.sampled_from(TENANTS))
def test_answers_are_those_of_duckdb_over_the_rows_of_the_tenant_alone(
    workers: Workers, snapshot: Snapshot, sql: str, tenant_id: str
) -> None:
    text = parse(sql).page(tenant_id, 100_000, 0)
    found = workers.run(task(snapshot, tenant_id, text), Cancellation())
    everyone = snapshot.query("select * from events", events="silver.events")
    own = local_times(everyone.filter(pc.equal(everyone["tenant_id"], tenant_id)))
    with duckdb.connect() as plain:
        plain.register("own", own)
        plain.execute("create schema silver")
        plain.execute("create table silver.events as select * from own")
        expected: list[dict[str, Any]] = plain.sql(f"select * from ({sql}) order by all").to_arrow_table().to_pylist()
    assert found.to_pylist() == expected
