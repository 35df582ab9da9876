"""Lineage is what the engine does: each answer is compared with what DuckDB refuses, or with which columns really move."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

import oracle
import rtlakehouse
from rtlakehouse.contract.contract import load
from rtlakehouse.contract.refine import Limits, refine
from rtlakehouse.errors import NotFoundError, SqlError
from rtlakehouse.lineage.columns import derived, downstream, find, table_edges, upstream
from rtlakehouse.lineage.families import Family
from rtlakehouse.lineage.statement import analysed
from rtlakehouse.lineage.what_if import Change, breaks, reader
from rtlakehouse.medallion.graph import GOLD, JOURNALS, TABLES
from rtlakehouse.medallion.table import Table
from shapes import bronze_rows

PACKAGE = Path(rtlakehouse.__file__).parent
SILVER = TABLES["silver.events"]
AT = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "event_id": "e1",
    "event_type": "purchase",
    "user_id": "u1",
    "product_id": "p1",
    "price": 19.99,
    "quantity": 2,
    "currency": "EUR",
    "ts": round(AT.timestamp() * 1000),
    **{name: f"{name} 1" for name in ("order_id", "session_id", "country", "device", "campaign", "referrer", "ua")},
    "coupon": "WELCOME",
}
# Another valid value of each member.
OTHER: dict[str, Any] = {
    **{name: f"{value} too" for name, value in EVENT.items() if isinstance(value, str)},
    "event_type": "refund",
    "currency": "USD",
    "price": 20,
    "quantity": 3,
    "ts": EVENT["ts"] - 60_000,
}
MADE_BY_RULES = [c for c in SILVER.column_names if c not in ("tenant_id", "source", "topic", "partition", "position")]
TYPES: dict[Family, str] = {"text": "varchar", "number": "bigint", "time": "timestamp", "boolean": "boolean"}
EVERY_COLUMN = [(table.name, column) for table in TABLES.values() for column in table.column_names]


class Judge:
    """DuckDB, asked whether it refuses a statement over events with columns of these types."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()

    def refuses(self, sql: str, columns: dict[str, str]) -> bool:
        described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        self._connection.execute(f"create or replace table events ({described})")
        values = ", ".join(value_of(name, kind.lower()) for name, kind in columns.items())
        self._connection.execute(f"insert into events values ({values})")
        try:
            self._connection.sql(sql).fetchall()
        except duckdb.Error:
            return True
        return False


def value_of(column: str, kind: str) -> str:
    """A value that other types can be made of, where that can be at all: what no row gets to is not looked at."""
    values = {"timestamp": "timestamp '2026-11-24 10:30:00'", "date": "date '2026-11-24'", "boolean": "true", "varchar": "'1'"}
    return "'purchase'" if (column, kind) == ("event_type", "varchar") else values.get(kind, "1")


@pytest.fixture
def judge() -> Judge:
    return Judge()


@cache
def sql_types() -> dict[str, str]:
    """The columns of silver.events as DuckDB has them."""
    with duckdb.connect() as connection:
        connection.register("events", SILVER.schema.empty_table())
        found = connection.sql("select column_name, column_type from (describe events)").fetchall()
        return {name: "timestamp" if "TIMESTAMP" in kind else kind for name, kind in found}


def refined(**changed: Any) -> dict[str, Any]:
    """What the row rules make of the event with some members changed."""
    raw = json.dumps(EVENT | changed).encode()
    rows = bronze_rows([oracle.Record(raw, 0, AT + timedelta(seconds=1), AT + timedelta(seconds=2))])
    accepted = refine(rows, load(), Limits()).accepted
    assert accepted.num_rows == 1
    row: dict[str, Any] = accepted.to_pylist()[0]
    return row


@pytest.mark.parametrize(("table", "column"), EVERY_COLUMN, ids=lambda name: name)
def test_every_column_leads_down_to_what_was_received_or_is_what_the_engine_knows_itself(table: str, column: str) -> None:
    path = upstream(table, column)
    assert (path[0].table, path[0].column) == (table, column)
    of_itself = {("ops.ledger", name) for name in ("batch", "versions", "committed_at", "expired_at")}
    of_itself |= {(journal.name, name) for journal in JOURNALS for name in ("detector", "level", "computed_from", "told_at")}
    if (table, column) not in of_itself:
        assert any(made.table == "bronze.events" for made in path)
    for made in path:
        assert (PACKAGE / made.by).is_file()


@pytest.mark.parametrize("gold", GOLD, ids=lambda gold: gold.name)
def test_every_column_of_gold_is_made_of_silver_and_is_there(gold: Table) -> None:
    statement = analysed(gold.query, {"events": SILVER.column_names})
    assert tuple(statement.outputs) == gold.column_names
    for column in gold.column_names:
        assert {source.table for source in derived(gold.name, column).sources} == {"silver.events"}


@pytest.mark.parametrize("gold", GOLD, ids=lambda gold: gold.name)
def test_a_statement_names_exactly_the_columns_without_which_duckdb_refuses_it(gold: Table, judge: Judge) -> None:
    reads = analysed(gold.query, {"events": SILVER.column_names}).reads
    for column in SILVER.column_names:
        without = {name: kind for name, kind in sql_types().items() if name != column}
        assert judge.refuses(gold.query, without) == (("events", column) in reads), column
        broken = {each.name for each in breaks([Change("silver.events", column)], [])}
        assert all((f"{gold.name}.{name}" in broken) == (("events", column) in reads) for name in gold.column_names)


@pytest.mark.parametrize("to", TYPES)
@pytest.mark.parametrize("gold", GOLD, ids=lambda gold: gold.name)
def test_what_duckdb_refuses_of_another_type_is_foretold(gold: Table, to: Family, judge: Judge) -> None:
    for column in SILVER.column_names:
        foretold = any(each.name.startswith(gold.name) for each in breaks([Change("silver.events", column, to)], []))
        refused = judge.refuses(gold.query, sql_types() | {column: TYPES[to]})
        # A sum of booleans, and a number as a condition, DuckDB takes; Spark does not.
        if not (foretold and "boolean" in (to, "boolean" if column == "is_late" else "")):
            assert foretold == refused, column


@pytest.mark.parametrize("member", EVENT)
def test_a_changed_member_moves_exactly_the_columns_that_are_made_of_it(member: str) -> None:
    before, after = refined(), refined(**{member: OTHER[member]})
    moved = {column for column in MADE_BY_RULES if before[column] != after[column]}
    made = {
        column
        for column in MADE_BY_RULES
        for source in derived("silver.events", column).sources
        if source.how == "value"
        and source.column == "raw"
        and source.member in (("", member) if column == "extras" else (member,))
    }
    # The date moves with the time, from within silver; the whole record is looked through for what is not named.
    if member in ("ts", "coupon"):
        assert moved | {"received_at", "event_date", "extras"} == made | {"received_at", "event_date", "extras"}
    else:
        assert moved == made - {"extras"}
    assert {f"silver.events.{column}" for column in moved} <= {made.name for made in downstream("bronze.events", "raw", member)}


def test_the_edges_between_tables_hold_every_source_that_is_declared() -> None:
    edges = {(edge.source, edge.target) for edge in table_edges()}
    assert {(source, table.name) for table in TABLES.values() for source in table.sources} <= edges
    # A duplicate names the event that was kept.
    assert edges - {(s, t.name) for t in TABLES.values() for s in t.sources} == {("silver.events", "silver.duplicates")}


def test_steps_through_unions_and_subqueries_are_all_there() -> None:
    value = derived("gold.segments_1m", "value")
    assert [step.expression for step in value.steps] == ["country", "device", "campaign", "referrer"]
    average = [step.name for step in derived("gold.revenue_1m", "average_order_value").steps]
    assert average[0] == "average_order_value"
    assert {"measures.orders", "measures.gross"} <= set(average)


def test_what_is_only_filtered_or_grouped_by_is_told_apart_from_what_a_value_is_made_of() -> None:
    by_value = {made.name for made in downstream("silver.events", "currency", how=("value",))}
    tables = ("revenue_1m", "products_1m", *(journal.short_name for journal in JOURNALS))
    assert by_value == {f"gold.{table}.currency" for table in tables}
    assert "gold.revenue_1m.gross" in {made.name for made in downstream("silver.events", "currency")}


def test_who_reads_a_column_that_is_lost_is_told_with_the_reason() -> None:
    columns = {table.name: table.column_names for table in TABLES.values()}
    sql = "select k.window_start, k.active_users from gold.kpis_1m as k where k.tenant_id = 'default'"
    mine = reader("statement", "mine", "", [(analysed(sql, columns), {name: name for name in TABLES})])
    direct = breaks([Change("gold.kpis_1m", "active_users")], [mine])
    assert [each.why for each in direct if each.name == "mine"] == ["It names gold.kpis_1m.active_users."]
    assert {each.why for each in direct if each.name != "mine"} == {"It is made of gold.kpis_1m.active_users."}
    far = [each for each in breaks([Change("silver.events", "session_id")], [mine]) if each.name == "mine"]
    assert "which nothing would fill" in far[0].why
    assert breaks([Change("silver.events", "ua")], [mine]) == []


def test_a_column_or_statement_that_is_none_is_an_error_that_says_so() -> None:
    with pytest.raises(NotFoundError, match="It has tenant_id"):
        find("gold.kpis_1m.revenue")
    with pytest.raises(NotFoundError, match="Did you mean gold"):
        find("gold.kpi_1m.events")
    with pytest.raises(SqlError, match="cannot be read"):
        analysed("select from where", {})
