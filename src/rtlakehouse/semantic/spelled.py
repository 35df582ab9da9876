"""A question's statement as a person reads it and runs it again: values in place of parameters, tables by their names."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlglot
from sqlglot import exp

from rtlakehouse.semantic.question import Question, step_of
from rtlakehouse.semantic.statement import Statement

__all__ = ["spelled"]

# Users' SQL sees the rows of one tenant only.
_TENANT = "tenant_id = $tenant and "


def spelled(question: Question, statement: Statement, start: datetime, end: datetime) -> str:
    """The statement over the events of [start, end), naive UTC, as `POST /query` takes it: run there, it finds the same rows."""
    values = {"start": start, "end": end, **statement.bound}
    tree = sqlglot.parse_one(statement.sql.replace(_TENANT, ""), read="duckdb")
    tree.set("offset", None)
    tree.set("limit", None if question.limit is None else exp.Limit(expression=exp.convert(question.limit)))
    return tree.transform(partial(_filled, statement, values, step_of(question.grain))).sql("duckdb", pretty=True)


def _filled(statement: Statement, values: dict[str, Any], step: timedelta | None, node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Placeholder):
        return _literal(values[node.name])
    if isinstance(node, exp.Table) and node.name == statement.relation:
        layer, table = statement.table.split(".")
        return exp.table_(table, db=layer)
    if isinstance(node, exp.DateBin) and step is not None:
        minutes = exp.Interval(this=exp.Literal.string(f"{step // timedelta(minutes=1)}"), unit=exp.var("MINUTE"))
        return exp.DateBin(this=minutes, expression=node.expression)
    return node


def _literal(value: Any) -> exp.Expr:
    if isinstance(value, list):
        return exp.Array(expressions=[_literal(each) for each in value])
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(" ")), "timestamp")
    return exp.convert(value)
