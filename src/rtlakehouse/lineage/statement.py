"""What a statement reads for each column it gives: read off its syntax tree, through every step in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope, traverse_scope

from rtlakehouse.errors import SqlError
from rtlakehouse.lineage.families import Family, needed

__all__ = ["How", "Need", "Output", "Read", "Statement", "Step", "analysed"]

How = Literal["value", "filter", "group"]
# What a relation is made of stands here as text: only the names of its columns matter, never their types.
_ANY = "VARCHAR"
_CLAUSES: Mapping[str, How] = {"where": "filter", "having": "filter", "qualify": "filter", "group": "group"}


@dataclass(frozen=True, order=True)
class Read:
    """A column of a relation that is read. member: only this member of it, where it is a document.

    how: `value` makes the value; `filter` decides which rows take part; `group` decides which rows belong together.
    """

    relation: str
    column: str
    member: str = ""
    how: How = "value"


@dataclass(frozen=True)
class Step:
    """A column on the way, and the expression that gives it over the step before."""

    name: str
    expression: str


@dataclass(frozen=True)
class Output:
    """A column that a statement gives: the steps to it, its own first, and all that is read for it."""

    steps: tuple[Step, ...]
    reads: frozenset[Read]


@dataclass(frozen=True, order=True)
class Need:
    """A use of a relation's column that takes types of some families only, and the text of that use."""

    relation: str
    column: str
    takes: tuple[Family, ...]
    use: str


@dataclass(frozen=True)
class Statement:
    """outputs: each column it gives, in order. reads: every column of a relation that it names anywhere, stars written out.

    needs: what the types of these columns have to be for it to run.
    """

    outputs: Mapping[str, Output]
    reads: frozenset[tuple[str, str]]
    needs: frozenset[Need]


def analysed(sql: str, relations: Mapping[str, Iterable[str]], *, outputs: bool = True) -> Statement:
    """A statement over relations with these columns, named as it names them. Raises SqlError where it cannot be read.

    outputs: follow each column that it gives. Aliases that are made of aliases double with each one, so not for SQL of users.
    """
    try:
        tree = qualify(
            sqlglot.parse_one(sql, dialect="duckdb"),
            schema=_schema(relations),
            dialect="duckdb",
            expand_alias_refs=outputs,
            validate_qualify_columns=False,
            quote_identifiers=False,
            identify=False,
        )
        root = build_scope(tree)
    except SqlglotError as error:
        said = str(error).splitlines()[0].rstrip(". ")
        raise SqlError(f"The statement cannot be read: {said}. Write one select.") from error
    if root is None:
        raise SqlError("The statement is no query; write a select.")
    uses = list(_uses(tree, relations))
    return Statement(
        {name: _output(root, name) for name in _names(root)} if outputs else {},
        frozenset((relation, column.name) for relation, column, _ in uses),
        frozenset(Need(relation, column.name, *need) for relation, column, use in uses if (need := needed(use))),
    )


def _schema(relations: Mapping[str, Iterable[str]]) -> dict[str, object]:
    """The relations as sqlglot has them: those of a schema in a dictionary of their own."""
    schema: dict[str, Any] = {}
    for name, columns in relations.items():
        *path, last = name.split(".")
        inner = schema.setdefault(path[0], {}) if path else schema
        inner[last] = dict.fromkeys(columns, _ANY)
    return schema


def _selects(scope: Scope) -> list[exp.Expr]:
    return list(scope.expression.selects) if isinstance(scope.expression, exp.Query) else []


def _names(scope: Scope) -> list[str]:
    return [part.alias_or_name for part in _selects(_branches(scope)[0])]


def _branches(scope: Scope) -> list[Scope]:
    """The selects of a scope: several where it is a union."""
    parts = scope.set_operation_scopes
    return [branch for part in parts for branch in _branches(part)] if parts else [scope]


def _output(scope: Scope, name: str) -> Output:
    walk = _Walk()
    walk.column(scope, name, "", "value")
    return Output(tuple(walk.steps), frozenset(walk.reads))


class _Walk:
    """From a column that a statement gives down to what it reads; each step is gone once."""

    def __init__(self) -> None:
        self.steps: dict[Step, None] = {}
        self.reads: set[Read] = set()
        self._gone: set[tuple[int, str, str, How]] = set()

    def column(self, scope: Scope, name: str, member: str, how: How, path: str = "") -> None:
        """A column that a scope gives. Notes it as a step where it is more than a name handed on."""
        if (mark := (id(scope), name, member, how)) in self._gone:
            return
        self._gone.add(mark)
        position = _names(scope).index(name)
        for branch in _branches(scope):
            expression = _selects(branch)[position].unalias()
            if how == "value" and not (isinstance(expression, exp.Column) and expression.name == name):
                self.steps[Step(f"{path}{name}", _text(expression))] = None
            self._expression(branch, expression, member, how)
            self._clauses(branch)

    def _clauses(self, scope: Scope) -> None:
        for clause, how in _CLAUSES.items():
            if (found := scope.expression.args.get(clause)) is not None:
                self._expression(scope, found, "", how)
        for join in scope.expression.args.get("joins") or ():
            if (condition := join.args.get("on")) is not None:
                self._expression(scope, condition, "", "filter")

    def _expression(self, scope: Scope, expression: exp.Expr, member: str, how: How) -> None:
        for column in expression.find_all(exp.Column):
            inner = column.parent.name if isinstance(column.parent, exp.Dot) else member
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table):
                self.reads.add(Read(_relation(source), column.name, inner, how))
            elif source is not None and column.name in _names(source):
                self.column(source, column.name, inner, how, f"{column.table}.")


def _uses(tree: exp.Expr, relations: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, exp.Column, exp.Column]]:
    """Each place where a relation's column is used: the relation, the column there, and the place, perhaps a step later."""
    for scope in traverse_scope(tree):
        for use in scope.columns:
            for source, column in _handed_on(scope, use):
                if source in relations:
                    yield source, column, use


def _handed_on(scope: Scope, column: exp.Column) -> Iterator[tuple[str, exp.Column]]:
    """The relation's column that a column is, through steps that only hand it on."""
    source = scope.sources.get(column.table)
    if isinstance(source, exp.Table):
        yield _relation(source), column
    elif source is not None and column.name in _names(source):
        position = _names(source).index(column.name)
        for branch in _branches(source):
            expression = _selects(branch)[position].unalias()
            if isinstance(expression, exp.Column):
                yield from _handed_on(branch, expression)


def _relation(source: exp.Table) -> str:
    return f"{source.db}.{source.name}" if source.db else source.name


def _text(expression: exp.Expr) -> str:
    """The expression as it is written, without the qualifiers that say what the step's name says already."""

    def bare(node: exp.Expr) -> exp.Expr:
        return exp.column(node.this.copy()) if isinstance(node, exp.Column) and node.table else node

    return expression.copy().transform(bare).sql(dialect="duckdb")
