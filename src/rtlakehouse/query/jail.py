"""Users' SQL, read and rewritten: one query of allowed parts over the catalogue's tables, each filtered to one tenant.

What is run is written anew from the checked tree, never the text that came in.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import sqlglot
from sqlglot import Token, TokenType, exp

from rtlakehouse.errors import SqlError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.query.grammar import FUNCTIONS, function_name, unknown_shape

__all__ = ["Statement", "parse"]

# The parser works in this process, holding its lock, and goes down a level a parenthesis: a statement that people write is far
# below both, and one at both takes it under a second.
MAX_TOKENS = 4_000
MAX_DEPTH = 30
MAX_CHARACTERS = 64_000
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE, TokenType.SELECT}
# Prefixes nest too, without a parenthesis.
_PREFIXES = {TokenType.NOT, TokenType.DASH, TokenType.PLUS, TokenType.TILDE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
# Names of common tables are moved here, where no view of DuckDB's own is, so that none out of scope falls back to one.
_CTE = "_cte_{name}"


@dataclass(frozen=True)
class Statement:
    """A query that may be run. tables: those of the catalogue that it reads, sorted."""

    tree: exp.Query
    tables: tuple[str, ...]

    def page(self, tenant_id: str, limit: int, offset: int) -> str:
        """The text to run: of this tenant's rows only, `limit` rows of it from `offset` on, in an order that holds still."""
        inner = _ordered(_jailed(self.tree, tenant_id)).subquery("answer")
        return _written(exp.select("*").from_(inner).limit(limit).offset(offset))

    def mentions(self, table: str) -> list[exp.Table]:
        """Where a table of the catalogue is read."""
        return [found for found in self.tree.find_all(exp.Table) if found.db and _name(found) == table]


def parse(sql: str) -> Statement:
    """The statement that a text is. Raises SqlError that says what is not allowed, and where where it is known."""
    _bounded(sql)
    try:
        trees = sqlglot.parse(sql, read="duckdb")
    except sqlglot.ParseError as error:
        raise _located(error) from error
    except RecursionError as error:
        raise _too_deep() from error
    if len(trees) != 1:
        raise SqlError(f"This is {len(trees)} statements; send one at a time.")
    (tree,) = trees
    if not isinstance(tree, (exp.Select, exp.SetOperation)):
        raise SqlError("Only queries are run: SELECT, with WITH, UNION, INTERSECT or EXCEPT.")
    for node in tree.walk():
        _check(node)
    return Statement(tree, _tables(tree))


def _bounded(sql: str) -> None:
    if len(sql) > MAX_CHARACTERS:
        raise SqlError(f"The statement has {len(sql):,} characters; {MAX_CHARACTERS:,} are taken.")
    try:
        tokens = sqlglot.tokenize(sql, read="duckdb")
    except sqlglot.errors.TokenError as error:
        raise SqlError("The statement cannot be read: a quote or a comment in it is not closed.") from error
    if len(tokens) > MAX_TOKENS:
        raise SqlError(f"The statement has {len(tokens):,} words and signs; {MAX_TOKENS:,} are taken.")
    if _depth(tokens) > MAX_DEPTH:
        raise _too_deep()


def _depth(tokens: list[Token]) -> int:
    """An upper bound of how deep the tree of these tokens is, chains of prefixes included."""
    depth = deepest = run = 0
    for token in tokens:
        run = run + 1 if token.token_type in _PREFIXES else 0
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        deepest = max(deepest, depth + run)
    return deepest


def _too_deep() -> SqlError:
    return SqlError(f"The statement is nested more than {MAX_DEPTH} deep; flatten it, with WITH for instance.")


def _located(error: sqlglot.ParseError) -> SqlError:
    first = error.errors[0] if error.errors else {}
    line, column = first.get("line"), first.get("col")
    what = str(first.get("description", "it is not SQL")).partition(" but got ")[0]
    where = f" at line {line}, column {column}" if line else ""
    return SqlError(f"The statement cannot be read{where}: {what}.", line, column)


def _check(node: exp.Expr) -> None:
    name = function_name(node)
    if isinstance(node, exp.Anonymous) and name in FUNCTIONS:
        return
    shape = unknown_shape(node)
    if shape is None and not (isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier)):
        return
    if name and name not in FUNCTIONS:
        raise SqlError(f"The function {name} may not be called.{_meant(name, FUNCTIONS)} `docs/sql.md` lists those that may.")
    raise SqlError(f"{_part(node, shape.argument if shape else '')} may not be used; `docs/sql.md` says what may.")


def _part(node: exp.Expr, argument: str) -> str:
    kind = type(node).__name__.upper()
    return f"{kind} with {argument.strip('_').upper()}" if argument else kind


def _tables(tree: exp.Query) -> tuple[str, ...]:
    """The catalogue's tables that are read. Raises SqlError for a name that is neither one nor a common table's."""
    common = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    found = set()
    for table in tree.find_all(exp.Table):
        name = _name(table)
        if table.db and name in TABLES:
            found.add(name)
        elif table.db or name not in common:
            raise _no_table(table, name, common)
    return tuple(sorted(found))


def _name(table: exp.Table) -> str:
    return f"{table.db}.{table.name}".lower().removeprefix(".")


def _no_table(table: exp.Table, name: str, common: set[str]) -> SqlError:
    line, column = table.this.meta.get("line"), table.this.meta.get("col")
    hint = _meant(name, {*TABLES, *common}) or f" There are {', '.join(TABLES)}."
    return SqlError(f"There is no table {name!r}.{hint}", line, column)


def _meant(name: str, names: set[str] | dict[str, str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f" Did you mean {close[0]}?" if close else ""


def _jailed(tree: exp.Query, tenant_id: str) -> exp.Query:
    """The query over one tenant's rows: each table of the catalogue filtered, each common table under a name of its own."""
    jailed = tree.copy()
    for cte in list(jailed.find_all(exp.CTE)):
        cte.args["alias"].set("this", _moved(cte.alias))
    for table in list(jailed.find_all(exp.Table)):
        table.replace(_filtered(table, tenant_id) if table.db else _renamed(table))
    return jailed


def _moved(name: str) -> exp.Identifier:
    return exp.to_identifier(_CTE.format(name=name.lower()), quoted=True)


def _renamed(table: exp.Table) -> exp.Table:
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
    return exp.Table(this=_moved(table.name), alias=alias)


def _filtered(table: exp.Table, tenant_id: str) -> exp.Subquery:
    source = exp.table_(table.name.lower(), db=table.db.lower(), quoted=True)
    own = exp.column("tenant_id", quoted=True).eq(exp.Literal.string(tenant_id))
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
    return exp.Subquery(this=exp.select("*").from_(source).where(own), alias=alias)


def _ordered(query: exp.Query) -> exp.Query:
    """The query with ties broken by its columns, where they can be told, so that pages of one version hold still."""
    order = query.args.get("order")
    if order is None:
        return query.order_by("ALL", copy=False, dialect="duckdb")
    counted = not any(column.is_star for column in query.selects)
    if counted and not any(ordered.this.name.upper() == "ALL" for ordered in order.expressions):
        positions = [exp.Ordered(this=exp.Literal.number(n + 1)) for n in range(len(query.selects))]
        order.set("expressions", [*order.expressions, *positions])
    return query


def _written(query: exp.Query) -> str:
    try:
        return query.sql(dialect="duckdb", comments=False)
    except RecursionError as error:
        raise _too_deep() from error
