"""Families of types, and which of them a use of a column takes: what a column may become without breaking a statement."""

from __future__ import annotations

from typing import Literal

import pyarrow as pa
from sqlglot import exp

__all__ = ["Family", "family_of", "needed"]

Family = Literal["number", "text", "time", "boolean", "other"]
_ARITHMETIC = (exp.Mul, exp.Div, exp.Mod, exp.IntDiv, exp.Neg, exp.Sum, exp.Avg)
_PLUS = (exp.Add, exp.Sub)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between)
_TRUNCATED = (exp.TimestampTrunc, exp.DateTrunc)
_CONDITIONS = (exp.And, exp.Or, exp.Not, exp.Where, exp.Having)


def family_of(arrow_type: pa.DataType) -> Family:
    """The family of a column's type."""
    if pa.types.is_boolean(arrow_type):
        return "boolean"
    if pa.types.is_integer(arrow_type) or pa.types.is_decimal(arrow_type) or pa.types.is_floating(arrow_type):
        return "number"
    if pa.types.is_temporal(arrow_type):
        return "time"
    return "text" if pa.types.is_string(arrow_type) or pa.types.is_large_string(arrow_type) else "other"


def needed(column: exp.Expr) -> tuple[tuple[Family, ...], str] | None:
    """The families that the place of a column takes, and the text of the use; None where it takes any.

    No family at all: it takes no other than that of the columns beside it.
    """
    node, parent = column, column.parent
    while isinstance(parent, (exp.Paren, exp.Case)) or (isinstance(parent, exp.If) and parent.this is not node):
        node, parent = parent, parent.parent
    takes = _of_place(parent)
    return None if takes is None or parent is None else (takes, parent.sql(dialect="duckdb"))


def _of_place(parent: exp.Expr | None) -> tuple[Family, ...] | None:
    if isinstance(parent, exp.Coalesce):
        return () if len(list(parent.find_all(exp.Column))) > 1 else None
    if isinstance(parent, _PLUS):
        return ("time",) if isinstance(parent.expression, exp.Interval) else ("number",)
    if isinstance(parent, _ARITHMETIC):
        return ("number",)
    if isinstance(parent, exp.Cast) and parent.to.this in exp.DataType.NUMERIC_TYPES:
        return ("number", "text", "boolean")
    if isinstance(parent, _TRUNCATED):
        return ("time",)
    if isinstance(parent, _COMPARISONS):
        return _of_literals(parent)
    return ("boolean",) if isinstance(parent, (exp.If, *_CONDITIONS)) else None


def _of_literals(comparison: exp.Expr) -> tuple[Family, ...] | None:
    """The family of what a column is compared with, where that is written out."""
    literals = list(comparison.find_all(exp.Literal))
    if not literals:
        return None
    return ("text",) if all(literal.is_string for literal in literals) else ("number",)
