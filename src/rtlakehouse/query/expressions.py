"""Users' SQL expressions over one row: checked as statements are, and run by the same workers."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from rtlakehouse.errors import SqlError
from rtlakehouse.query.jail import parse

__all__ = ["expression"]

# What looks at more than one row, or at other tables.
_REFUSED = (exp.Query, exp.AggFunc, exp.Window, exp.Star, exp.Placeholder, exp.Alias)


def expression(text: str, columns: Collection[str]) -> str:
    """The text to run of an expression over these columns of one row. Raises SqlError that says what is not allowed."""
    tree = parse(f"select ({text}\n)").tree
    inner = _alone(tree)
    if inner is None:
        raise SqlError(f"`{text}` is not one SQL expression.")
    if refused := inner.find(*_REFUSED):
        raise SqlError(f"`{text}` must be an expression over one row, without `{refused.sql(dialect='duckdb')}`.")
    for column in inner.find_all(exp.Column):
        if column.table or column.name not in columns:
            raise SqlError(f"`{text}`: there is no column {column.sql(dialect='duckdb')}. There are {', '.join(columns)}.")
    return inner.sql(dialect="duckdb", comments=False)


def _alone(tree: exp.Query) -> exp.Expr | None:
    """What is between the parentheses, where they hold all there is of the query."""
    parts = [name for name, value in tree.args.items() if value]
    if parts != ["expressions"] or len(tree.selects) != 1 or not isinstance(tree.selects[0], exp.Paren):
        return None
    return tree.selects[0].unnest()
