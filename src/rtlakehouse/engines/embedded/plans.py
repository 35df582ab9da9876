"""How a gold table is kept up to date without reading its windows again, derived from its one SQL file.

A gold query has the form `with ..., measures as (select keys, aggregates from ... group by keys) select ... from measures`.
Its aggregates are of two kinds: sums and counts, which add up; and distinct counts, which grow by the values not seen before.
From the query's syntax tree come three statements that give, together and batch by batch, what the query gives over all rows:

- `sums`: the additive aggregates of a batch;
- `members`: the values each distinct count of a batch counts;
- `present`: the query's last step, from measures to the table's columns.

A query that is not of this form is refused when the package is tested, not when it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

from rtlakehouse.errors import ContractError
from rtlakehouse.medallion.table import Table

__all__ = ["WindowPlan", "plan"]

_MEASURES = "measures"


@dataclass(frozen=True)
class WindowPlan:
    """The three statements, and the names they work with; `sums` and `members` read the relation `events`."""

    table: Table
    keys: tuple[str, ...]
    additive: tuple[str, ...]
    distinct: tuple[str, ...]
    sums: str
    members: str
    present: str


@cache
def plan(table: Table) -> WindowPlan:
    """The plan of a gold table. Raises ContractError naming what in its SQL cannot be kept up to date."""
    query = sqlglot.parse_one(table.query, read="duckdb")
    if not isinstance(query, exp.Select):
        raise ContractError(f"{table.sql} is not one select statement.")
    ctes = {cte.alias: cte.this for cte in query.ctes}
    measures = ctes.get(_MEASURES)
    if not isinstance(measures, exp.Select) or list(ctes)[-1] != _MEASURES:
        raise ContractError(f"{table.sql} has no last common table expression named {_MEASURES!r}.")
    aggregates = {column.alias: column.this for column in measures.expressions if column.find(exp.AggFunc)}
    distinct = {name: _counted(aggregate) for name, aggregate in aggregates.items() if aggregate.find(exp.Distinct)}
    additive = {name: aggregate for name, aggregate in aggregates.items() if name not in distinct}
    _check(table, ctes, additive)
    return WindowPlan(
        table=table,
        keys=tuple(c.alias_or_name for c in measures.expressions if c.alias_or_name not in aggregates),
        additive=tuple(additive),
        distinct=tuple(distinct),
        sums=_sums(query, measures, set(distinct)),
        members=_members(query, measures, distinct, set(aggregates)),
        present=_present(query),
    )


def _counted(aggregate: exp.Expression) -> exp.Expression:
    distinct = aggregate.find(exp.Distinct)
    if not isinstance(aggregate, exp.Count) or distinct is None or len(distinct.expressions) != 1:
        raise ContractError(f"{aggregate.sql()} is no count of one distinct value.")
    value: exp.Expression = distinct.expressions[0]
    return value


def _check(table: Table, ctes: dict[str, exp.Expression], additive: dict[str, exp.Expression]) -> None:
    for aggregate in additive.values():
        if not isinstance(aggregate, exp.Sum | exp.Count):
            raise ContractError(f"{table.sql}: {aggregate.sql()} is neither a sum nor a count.")
    for name, cte in ctes.items():
        if name != _MEASURES and cte.find(exp.AggFunc, exp.Distinct, exp.Window, exp.Join):
            raise ContractError(f"{table.sql}: {name} does more than look at one row.")


def _sums(query: exp.Select, measures: exp.Select, distinct: set[str]) -> str:
    kept = [column for column in measures.expressions if column.alias_or_name not in distinct]
    return _with_sources(query, measures.copy().select(*kept, append=False))


def _members(query: exp.Select, measures: exp.Select, distinct: dict[str, exp.Expression], aggregates: set[str]) -> str:
    keys = [column for column in measures.expressions if column.alias_or_name not in aggregates]
    branches = []
    for name, value in distinct.items():
        branch = measures.copy().select(*keys, append=False)
        branch.set("group", None)
        branch = branch.select(exp.alias_(exp.Literal.string(name), "measure"), exp.alias_(value.copy(), "member"))
        branches.append(branch.where(exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))).distinct())
    if not branches:
        return ""
    union: exp.Query = branches[0]
    for branch in branches[1:]:
        union = union.union(branch, distinct=False)
    return _with_sources(query, union)


def _with_sources(query: exp.Select, body: exp.Query) -> str:
    for cte in query.ctes:
        if cte.alias != _MEASURES:
            body = body.with_(cte.alias, as_=cte.this.copy())
    return body.sql(dialect="duckdb")


def _present(query: exp.Select) -> str:
    last = query.copy()
    last.args.pop("with", None)
    last.args.pop("with_", None)
    return last.sql(dialect="duckdb")
