"""What may be asked is what the grammar shows; everything else is refused before it is run."""

from __future__ import annotations

import re

import pytest

from rtlakehouse.errors import SqlError
from rtlakehouse.query.grammar import FUNCTIONS
from rtlakehouse.query.jail import MAX_CHARACTERS, MAX_DEPTH, parse

ESCAPES = {
    "files": [
        "select * from read_csv('/etc/passwd')",
        "select * from read_parquet('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from read_blob('*')",
        "select * from read_json_auto('x')",
        "select * from glob('/*')",
        "select * from '/etc/passwd'",
        "select * from 'x.parquet'",
        'select * from "x.parquet"',
        "select * from parquet_metadata('x')",
        "select * from sniff_csv('x')",
        "copy (select 1) to '/x'",
        "copy silver.events from '/x'",
        "export database '/x'",
        "import database '/x'",
        "select write_file('x', 'y')",
    ],
    "network": [
        "select * from 'https://example.org/x.csv'",
        "select * from read_csv('s3://x/y')",
        "select * from postgres_scan('', '', '')",
        "select * from sqlite_scan('x', 'y')",
    ],
    "extensions and settings": [
        "install httpfs",
        "load httpfs",
        "set threads = 1",
        "reset threads",
        "pragma database_list",
        "call pragma_version()",
        "select current_setting('threads')",
        "select * from duckdb_settings()",
        "select * from duckdb_secrets()",
        "create secret (type s3)",
        "checkpoint",
        "vacuum",
    ],
    "environment and system": [
        "select getenv('HOME')",
        "select version()",
        "select current_user",
        "select current_database()",
        "select current_schemas(true)",
        "select txid_current()",
        "select pg_typeof(1)",
        "select now()",
        "select random()",
        "select uuid()",
        "select nextval('x')",
    ],
    "metadata": [
        "select * from duckdb_tables",
        "select * from duckdb_tables()",
        "select * from duckdb_views",
        "select * from information_schema.tables",
        "select * from pg_catalog.pg_class",
        "select * from sqlite_master",
        "select * from pg_tables",
        "show tables",
        "describe silver.events",
        "summarize silver.events",
        "select 'x'::regclass",
    ],
    "writes": [
        "insert into silver.events values (1)",
        "update silver.events set price = 0",
        "delete from silver.events",
        "drop view silver.events",
        "create table x as select 1",
        "create or replace view silver.events as select 1",
        "create macro f() as 1",
        "alter table silver.events add column x int",
        "attach ':memory:' as x",
        "detach memory",
        "use main",
        "begin",
        "select 1 into x",
        "with x as (delete from silver.events returning 1) select * from x",
        "select * from silver.events for update",
        "prepare x as select 1",
        "execute x",
        "explain analyze select 1",
    ],
    "others' views and names": [
        "select * from events",
        "select * from main.events",
        "select * from memory.silver.events",
        'select * from "silver.events"',
        'select * from main."silver.events"',
        "select * from silver.secrets",
        "select * from \u0455ilver.events",
    ],
    "several statements": [
        "select 1; select 2",
        "select 1; drop view silver.events",
        "select 1 /* ; */; attach 'x' -- ",
        "",
        ";",
        "-- nothing",
    ],
    "code that makes code": [
        "select * from query('select 1')",
        "select * from query_table('duckdb_tables')",
        "pivot silver.events on event_type",
        "select * from silver.events pivot (count(*) for event_type in ('a'))",
        "unpivot silver.events on price into name a value b",
        "select columns(*) from silver.events",
        "select columns('a.*') from silver.events",
        "select columns(x -> true) from silver.events",
        "select list_transform([1], x -> x)",
        "select * replace (1 as price) from silver.events",
        "select json_execute_serialized_sql('x')",
        "select * from silver.events at (version => 1)",
    ],
    "bombs": [
        "select repeat('x', 1000000000)",
        "select lpad('x', 1000000000, 'y')",
        "select * from range(1000000000000)",
        "select * from generate_series(1000000000000)",
        "select unnest(range(1000000000))",
        "select list_resize([1], 1000000000)",
        "select * from silver.events tablesample 10%",
        "select * from (values (1)) as t",
        "select sleep_ms(100000)",
    ],
}


@pytest.mark.parametrize("sql", [sql for group in ESCAPES.values() for sql in group])
def test_a_way_out_is_refused(sql: str) -> None:
    with pytest.raises(SqlError):
        parse(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select " + "(" * 10_000 + "1" + ")" * 10_000,
        "select " + "(" * 1_500 + "1" + ")" * 1_500,
        "select " + "not " * 2_000 + "true",
        "select " + "- " * 2_000 + "1",
        "select 1 in (" + ", ".join(["1"] * 100_000) + ")",
        "select " + "case when true then " * 500 + "1" + " end" * 500,
        "select '" + "x" * MAX_CHARACTERS + "'",
        "select " + "[" * 1_000,
        "(" * 3_000,
        "select 'x",
        "select /* x",
    ],
)
def test_what_would_hold_up_the_parser_is_refused(sql: str) -> None:
    with pytest.raises(SqlError):
        parse(sql)


def test_a_statement_as_deep_as_may_be_is_taken() -> None:
    depth = MAX_DEPTH - 1
    assert parse("select " + "(" * depth + "1" + ")" * depth).tables == ()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_the_list_may_be_called(name: str) -> None:
    assert re.match(rf"{name}\(", FUNCTIONS[name])
    assert parse(f"select {FUNCTIONS[name]} from silver.events").tables == ("silver.events",)


@pytest.mark.parametrize(
    "sql",
    [
        "with events as (select 1 as tenant_id) select * from silver.events, events",
        'with "silver.events" as (select 1) select * from silver.events',
        "with silver as (select 1) select * from silver.events",
        "select * from (with events as (select 1) select * from silver.events) as q",
        'select (select max(price) from SILVER.Events as x where x.user_id = y.user_id) from "silver"."events" as y',
        "select * from (select 1 as a) as t, lateral (select t.a, e.price from silver.events as e) as l",
    ],
)
def test_every_mention_of_a_table_is_filtered(sql: str) -> None:
    text = parse(sql).page("acme", 10, 0)
    mentions = text.count('FROM "silver"."events"')
    assert mentions == len(re.findall(r'"?silver"?\."?events"?(?!")', sql.replace('"silver.events"', ""), re.IGNORECASE))
    assert text.count('FROM "silver"."events" WHERE "tenant_id" = \'acme\'') == mentions


def test_a_common_table_never_stands_for_one_of_duckdb() -> None:
    text = parse("with recursive duckdb_tables as (select * from duckdb_tables) select * from duckdb_tables").page("acme", 1, 0)
    assert 'FROM "_cte_duckdb_tables"' in text
    assert "FROM duckdb_tables" not in text


def test_a_name_of_a_tenant_is_a_value_and_no_sql() -> None:
    assert "'x'' or ''1'" in parse("select * from silver.events").page("x' or '1", 1, 0)


def test_comments_are_not_run() -> None:
    assert "secret" not in parse("select /* secret */ 1 -- secret").page("acme", 1, 0)
