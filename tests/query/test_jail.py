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
        "from '/etc/passwd'",
        "from read_text('/etc/passwd') select content",
        "table '/etc/passwd'",
        "select (select content from read_text('/etc/passwd'))",
        "select 1 where exists (select 1 from read_csv('/etc/passwd'))",
        "select 1 union all select content from read_text('/etc/passwd')",
        "with x as (select * from read_text('/etc/passwd')) select * from x",
        "select * from silver.events as e, lateral (select * from read_text('/proc/self/environ')) as x",
        "select count(*) filter (where (select count(*) from glob('/root/*')) > 0) from silver.events",
        "select max(price) over (order by (select size from read_blob('/etc/shadow'))) from silver.events",
        "select * from silver.events order by (select content from read_text('/etc/passwd'))",
        "select * from silver.events limit (select length(content) from read_text('/etc/passwd'))",
        "select * from read_csv(['/etc/passwd', '/etc/shadow'])",
        "select * from read_ndjson('x')",
        "select * from read_json_objects('x')",
        "select * from read_duckdb('x.db')",
        "select * from parquet_scan('x')",
        "select * from parquet_schema('x')",
        "select * from parquet_kv_metadata('x')",
        "select * from parquet_bloom_probe('x', 'a', 1)",
        "select * from delta_scan('.')",
        "select * from iceberg_scan('.')",
        "select * from st_read('x')",
        "select * from arrow_scan(1, 2, 3)",
        'select * from "/proc/self/environ"',
        'select * from "file:///etc/passwd"',
        "copy (select 1) to '/dev/stdout'",
        "copy silver.events to 'x' (format parquet)",
        "copy silver.events from program 'id'",
        "copy from database memory to x",
    ],
    "network": [
        "select * from 'https://example.org/x.csv'",
        "select * from read_csv('s3://x/y')",
        "select * from postgres_scan('', '', '')",
        "select * from sqlite_scan('x', 'y')",
        "select * from read_text('https://example.org/')",
        "select * from read_parquet('hf://datasets/x/y')",
        "attach 'ducklake:https://example.org/x' as x",
        "attach 'host=example.org' as x (type postgres)",
        "select * from mysql_query('x', 'select 1')",
        "select http_get('https://example.org')",
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
        "force install httpfs",
        "install x from 'https://example.org'",
        "load '/tmp/x.duckdb_extension'",
        "update extensions",
        "set enable_external_access = true",
        "set global allowed_directories = ['/']",
        "set session lock_configuration = false",
        "set variable x = 1",
        "select getvariable('x')",
        "pragma enable_external_access = true",
        "pragma table_info('silver.events')",
        "pragma enable_profiling = 'json'",
        "pragma version",
        "select * from pragma_table_info('silver.events')",
        "select * from pragma_storage_info('silver.events')",
        "select * from pragma_database_size()",
        "select set_config('threads', '1', false)",
        "drop secret x",
        "force checkpoint",
        "analyze",
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
        "select current_query()",
        "select current_setting('home_directory')",
        "select getenv('RTL_CONTROL_URL')",
        "select session_user",
        "select current_schema()",
        "select current_catalog",
        "select current_timestamp",
        "select today()",
        "select setseed(0.5)",
        "select gen_random_uuid()",
        "select pg_sleep(100)",
        "select pg_read_file('/etc/passwd')",
        "select inet_client_addr()",
        "select stats(price) from silver.events",
        "select write_log('x')",
        "select error('x')",
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
        "select * from duckdb_columns()",
        "select * from duckdb_functions()",
        "select * from duckdb_extensions()",
        "select * from duckdb_variables()",
        "select * from duckdb_databases()",
        "select * from duckdb_logs()",
        "select * from duckdb_temporary_files()",
        "select * from system.information_schema.columns",
        "select * from temp.sqlite_temp_master",
        "show all tables",
        "describe select * from silver.events",
        "select rowid from duckdb_views()",
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
        "merge into silver.events using (select 1) as x on true when matched then delete",
        "truncate silver.events",
        "create temp table x as select 1",
        "create view silver.events as select 1",
        "create schema x",
        "create type x as enum ('a')",
        "create sequence x",
        "create or replace temp macro f(x) as table select * from silver.events",
        "create index x on silver.events (price)",
        "comment on table silver.events is 'x'",
        "commit",
        "rollback",
        "attach '/tmp/x.db' as x",
        "deallocate x",
    ],
    "others' views and names": [
        "select * from events",
        "select * from main.events",
        "select * from memory.silver.events",
        'select * from "silver.events"',
        'select * from main."silver.events"',
        "select * from silver.secrets",
        "select * from \u0455ilver.events",
        "select * from silver..events",
        "select * from silver.events.price",
        "select * from memory.main.events",
        "select * from main._cte_x",
        'select * from "_cte_x"',
        "with x as (select 1) select * from main.x",
        "select * from gold.events",
        "select * from bronze.silver.events",
    ],
    "several statements": [
        "select 1; select 2",
        "select 1; drop view silver.events",
        "select 1 /* ; */; attach 'x' -- ",
        "",
        ";",
        "-- nothing",
        "select 1;;select 2",
        "select 1; --\nattach 'x'",
        "begin; select 1; commit",
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
        "select * from query('select * from ' || 'read_text(''/etc/passwd'')')",
        "select * from query_table(['silver.events', 'duckdb_tables'])",
        "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))",
        "select json_serialize_plan('select 1')",
        "select * from from_substrait('x')",
        "select apply([1], lambda x: x)",
        "select list_reduce([1, 2], (a, b) -> a + b)",
        "select list_filter([1], lambda x: (select count(*) from read_text('x')) > 0)",
        "select [x for x in [1, 2] if x > 1]",
        "select eval('1')",
        "select * rename (price as p) from silver.events",
        "select price.getenv() from silver.events",
        "select 'HOME'.getenv()",
        "pivot_wider silver.events on event_type",
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
        "select range(1000000000)",
        "select generate_series(1, 1000000000)",
        "select * from repeat_row(1, num_rows = 1000000000)",
        "select * from repeat('x', 1000000000)",
        "select rpad('x', 1000000000, 'y')",
        "select printf('%1000000000d', 1)",
        "select format('{:1000000000}', 1)",
        "select bar(1, 0, 1, 1000000000)",
        "select array_resize([1], 1000000000)",
        "select list(range(1000000)) from silver.events",
        "select histogram(price) from silver.events",
        "select bitstring('1', 1000000000)",
        "select factorial(100000)",
        "select levenshtein(ua, ua) from silver.events",
        "select sha256(ua) from silver.events",
        "select unnest([1, 2, 3])",
        "select recursive from silver.events positional join silver.events",
        "select * from silver.events asof join gold.kpis_1m using (tenant_id, window_start)",
        "select * from silver.events using sample 50 percent (bernoulli)",
        "select * from test_all_types()",
        "select '1'::int[1000000000]",
        "select cast('{}' as json)",
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
