"""What a statement may be made of: exactly what these examples are made of, and nothing else.

Every example is parsed once; the kinds of nodes that come out, with the arguments they have, are what is allowed. A part of
SQL that no example shows is refused, also one that a later release of the parser learns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

__all__ = ["FUNCTIONS", "Shape", "function_name", "shapes_of", "unknown_shape"]

_SYNTAX = (
    "select a, t.b as c, *, t.*, 1, 'x', true, null, $p, ? from silver.events as t where not (a = 1 and b <> 2 or c is null)",
    'select "a" as "b" from silver."events"',
    "select * exclude (a) from silver.events where a < 1 or a <= 1 or a > 1 or a >= 1 or -a between 1 and 2 or a in (1, 2)",
    "select distinct a + 1 - 2 * 3 / 4 % 5 // 6, a || 'b', a::int, (a) from silver.events where a like 'x' or a ilike 'x'",
    "select case when a then 1 else 2 end, case a when 1 then 2 end, a is not distinct from b from t",
    "select a, count(*) filter (where b) from silver.events group by a having count(*) > 1 order by 2 desc nulls last, a limit 3",
    "select a, sum(b) from t group by all order by all limit 3 offset 4",
    "select a from t group by grouping sets ((a), ()) union select a from t group by rollup (a) order by a nulls first limit $n",
    "select a from t as x(b) union all select a from t intersect select a from t except select a from t order by a limit 1",
    "with recursive a(n) as (select 1 union all select n + 1 from a where n < 3), b as (select 2) select * from a",
    "select * from t as a join t as b on a.x = b.x left join t as c using (x) right join t as d using (x)",
    "select * from t as a cross join t as e, t as f",
    "select * from t full join (select 1) as g on true inner join t as h on true",
    "select * from t left outer join t as u on true, lateral (select t.a) as l",
    "select (select 1), exists (select 1), a in (select 1), a > (select 1) from (select 1) as q",
    "with a as (select 1) select 1 union all select 2 order by 1 limit 1 offset 1",
    "select sum(a) over (partition by b order by c), row_number() over w from t window w as (order by a) qualify true",
    "select sum(a) over (order by c rows between unbounded preceding and current row) from t",
    "select sum(a) over (order by c rows between 1 preceding and 1 following) from t",
    "select sum(a) over (order by c range between current row and unbounded following) from t",
    "select timestamp '2026-01-01', date '2026-01-01', a - interval 5 minute, a + interval '1 day' from t",
    "select interval 1 second, interval 1 hour, interval 1 day, interval 1 week, interval 1 month, interval 1 year",
    "select a::bigint, a::double, a::decimal(18, 4), a::varchar, a::date, a::timestamp, a::boolean, try_cast(a as int)",
    "select a::hugeint, [1, 'x'] from t",
    "select a[1], a['k'], count(distinct a), extract(hour from a), extract(minute from a), extract(day from a) from t",
)

# Each function that may be called, by an example of its call.
FUNCTIONS: dict[str, str] = {
    "abs": "abs(a)",
    "any_value": "any_value(a)",
    "approx_count_distinct": "approx_count_distinct(a)",
    "approx_quantile": "approx_quantile(a, 0.5)",
    "arg_max": "arg_max(a, b)",
    "arg_min": "arg_min(a, b)",
    "avg": "avg(a)",
    "bool_and": "bool_and(a)",
    "bool_or": "bool_or(a)",
    "ceil": "ceil(a)",
    "coalesce": "coalesce(a, b)",
    "contains": "contains(a, b)",
    "corr": "corr(a, b)",
    "count": "count(a)",
    "count_if": "count_if(a)",
    "date_diff": "date_diff('minute', a, b)",
    "date_part": "date_part('minute', a)",
    "date_trunc": "date_trunc('minute', a)",
    "dense_rank": "dense_rank() over (order by a)",
    "ends_with": "ends_with(a, b)",
    "epoch": "epoch(a)",
    "epoch_ms": "epoch_ms(a)",
    "exp": "exp(a)",
    "first_value": "first_value(a) over (order by a)",
    "floor": "floor(a)",
    "greatest": "greatest(a, b)",
    "lag": "lag(a, 1) over (order by a)",
    "last_value": "last_value(a) over (order by a)",
    "lead": "lead(a, 1) over (order by a)",
    "least": "least(a, b)",
    "left": "left(a, 2)",
    "length": "length(a)",
    "list_contains": "list_contains(a, 'b')",
    "ln": "ln(a)",
    "lower": "lower(a)",
    "max": "max(a)",
    "median": "median(a)",
    "min": "min(a)",
    "ntile": "ntile(4) over (order by a)",
    "nullif": "nullif(a, b)",
    "power": "power(a, b)",
    "quantile_cont": "quantile_cont(a, 0.5)",
    "rank": "rank() over (order by a)",
    "regexp_extract": "regexp_extract(a, 'b')",
    "regexp_matches": "regexp_matches(a, 'b')",
    "regexp_replace": "regexp_replace(a, 'b', 'c', 'g')",
    "replace": "replace(a, b, c)",
    "right": "right(a, 2)",
    "round": "round(a, 2)",
    "row_number": "row_number() over (order by a)",
    "sqrt": "sqrt(a)",
    "starts_with": "starts_with(a, b)",
    "stddev": "stddev(a)",
    "string_agg": "string_agg(a, ',')",
    "strftime": "strftime(a, '%Y')",
    "substring": "substring(a, 1, 2)",
    "sum": "sum(a)",
    "time_bucket": "time_bucket(interval '5 minute', a)",
    "trim": "trim(a)",
    "upper": "upper(a)",
    "variance": "variance(a)",
}

# Text of these is the writer's own; the generator quotes it.
_FREE_TEXT = (exp.Identifier, exp.Literal, exp.Placeholder)


@dataclass(frozen=True)
class Shape:
    """A kind of node with one argument that it has; text: the argument itself where it is text that is written out as it is."""

    kind: type[exp.Expr]
    argument: str = ""
    text: str = ""


def shapes_of(node: exp.Expr) -> Iterator[Shape]:
    """What has to be allowed for this node."""
    yield Shape(type(node))
    for argument, value in node.args.items():
        if value is None or value is False or value == []:
            continue
        fixed = not isinstance(value, (exp.Expr, list, bool)) and not isinstance(node, _FREE_TEXT)
        yield Shape(type(node), argument, str(value).lower() if fixed else "")


def unknown_shape(node: exp.Expr) -> Shape | None:
    """The first thing about a node that no example shows; None where all is allowed."""
    return next((shape for shape in shapes_of(node) if shape not in _allowed()), None)


def function_name(node: exp.Expr) -> str:
    """What a call is called in SQL; empty where the node is no call."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    return node.sql_name().lower() if isinstance(node, exp.Func) else ""


@cache
def _allowed() -> frozenset[Shape]:
    calls = (f"select {call}" for call in FUNCTIONS.values())
    trees = (sqlglot.parse_one(sql, read="duckdb") for sql in (*_SYNTAX, *calls))
    return frozenset(shape for tree in trees for node in tree.walk() for shape in shapes_of(node))
