"""A column's formula over the rows that its table is computed from, read off the table's SQL."""

from __future__ import annotations

from functools import cache

import sqlglot
from sqlglot import exp

from rtlakehouse.medallion.graph import table

__all__ = ["formula"]


@cache
def formula(table_name: str, column: str) -> str:
    """The expression over the source's columns that gives this column of a gold table, steps in between written out."""
    statement = sqlglot.parse_one(table(table_name).query, dialect="duckdb", into=exp.Select)
    return _written_out(statement, column, _steps(statement)).sql(dialect="duckdb")


def _steps(statement: exp.Select) -> dict[str, exp.Select]:
    """The named selects within a statement: common table expressions and subqueries, by alias."""
    named = [*statement.find_all(exp.CTE), *statement.find_all(exp.Subquery)]
    return {part.alias: part.this for part in named if isinstance(part.this, exp.Select)}


def _written_out(select: exp.Select, column: str, steps: dict[str, exp.Select]) -> exp.Expr:
    source = steps.get(_source_of(select))
    found = next((part for part in select.selects if part.alias_or_name == column), None)
    if found is None and source is not None:
        return _written_out(source, column, steps)
    expression = found.unalias().copy() if found is not None else exp.column(column)
    return expression if source is None else expression.transform(_replaced, source, steps)


def _replaced(node: exp.Expr, source: exp.Select, steps: dict[str, exp.Select]) -> exp.Expr:
    if not isinstance(node, exp.Column):
        return node
    inner = _written_out(source, node.name, steps)
    return exp.paren(inner, copy=False) if isinstance(inner, exp.Binary) else inner


def _source_of(select: exp.Select) -> str:
    """The alias of the relation that it reads."""
    clause = select.args["from_"]
    return str(clause.this.alias_or_name)
