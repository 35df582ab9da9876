"""How a gold table is kept up to date without reading its windows again, derived from its one SQL file.

A gold query has the form `with ..., measures as (select keys, aggregates from ... group by keys) select ... from measures`.
Its aggregates are of two kinds: sums and counts, which add up; and distinct counts, which grow by the values not seen before.
From the query's syntax tree come three queries that give, together and batch by batch, what the query gives over all rows:

- `sums`: the additive aggregates of a batch;
- `members`: the values that the distinct counts of a batch count. Counts of one value under several conditions (users who
  looked, users who bought) share a row for each value, in which `measures` has a bit for each count that counts it;
- `present`: the query's last step, from measures to the table's columns.

A query that is not of this form is refused when the package is tested, not when it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, reduce

import pyarrow as pa
import sqlglot
from sqlglot import exp

from rtlakehouse.errors import ContractError
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.medallion.table import Table

__all__ = ["Counted", "WindowPlan", "plan"]

_MEASURES = "measures"
_EVENT_COLUMNS = frozenset(EVENTS.column_names)


@dataclass(frozen=True)
class Counted:
    """What a distinct count counts: the value number `value` of the table's, in the rows whose `measures` have this bit."""

    value: int
    bit: int


@dataclass(frozen=True)
class WindowPlan:
    """The three queries, and the names they work with; `sums` and `members` read the relation `events`, of it `columns`."""

    table: Table
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    additive: tuple[str, ...]
    distinct: dict[str, Counted]
    sums: str
    members: str
    present: str

    @property
    def measures(self) -> tuple[str, ...]:
        """What there is between the keys and the table's columns."""
        return *self.additive, *self.distinct

    @property
    def counts(self) -> dict[str, str]:
        """The distinct counts, over rows of `members` none of which stands for the same value of the same group as another."""
        return {
            name: f"count(*) filter (counted = {counted.value} and (measures & {counted.bit}) > 0)"
            for name, counted in self.distinct.items()
        }

    def measured(self, given: Mapping[str, str], relation: str) -> str:
        """The keys and all measures of a relation's rows, in one type each wherever they come from. What is not given is 0."""
        schema = self.table.schema
        types = {name: "bigint" if schema.field(name).type == pa.int64() else "decimal(38, 4)" for name in self.measures}
        columns = (f"cast({given.get(name, '0')} as {kind}) as {name}" for name, kind in types.items())
        return f"select {', '.join((*self.keys, *columns))} from {relation}"

    def added_up(self, parts: Iterable[str]) -> str:
        """The sums of `measured` rows, by the keys."""
        sums = {name: f"sum({name})" for name in self.measures}
        return self.grouped(sums, f"({' union all '.join(parts)})")

    def grouped(self, given: Mapping[str, str], relation: str) -> str:
        """As `measured`, with aggregates of all rows that have the same keys."""
        return f"{self.measured(given, relation)} group by {', '.join(self.keys)}"


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
    counted = {name: _counted(aggregate) for name, aggregate in aggregates.items() if aggregate.find(exp.Distinct)}
    additive = {name: aggregate for name, aggregate in aggregates.items() if name not in counted}
    _check(table, ctes, additive)
    values = list(dict.fromkeys(value for value, _ in counted.values()))
    distinct = {name: Counted(values.index(value), 1 << i) for i, (name, (value, _)) in enumerate(counted.items())}
    keys = [column for column in measures.expressions if column.alias_or_name not in aggregates]
    return WindowPlan(
        table=table,
        columns=tuple(sorted({column.name for column in query.find_all(exp.Column)} & _EVENT_COLUMNS)),
        keys=tuple(column.alias_or_name for column in keys),
        additive=tuple(additive),
        distinct=distinct,
        sums=_sums(query, measures, set(counted)),
        members=_members(query, [_values(measures, keys, value, distinct, counted) for value in values]),
        present=_present(query),
    )


def _counted(aggregate: exp.Expression) -> tuple[exp.Expression, exp.Expression | None]:
    """The value that is counted, and the condition under which it is; None where it always is."""
    found = aggregate.find(exp.Distinct)
    if not isinstance(aggregate, exp.Count) or found is None or len(found.expressions) != 1:
        raise ContractError(f"{aggregate.sql()} is no count of one distinct value.")
    value: exp.Expression = found.expressions[0]
    if isinstance(value, exp.Case) and not value.this and not value.args.get("default") and len(value.args["ifs"]) == 1:
        (only,) = value.args["ifs"]
        return only.args["true"], only.this
    return value, None


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


def _values(
    measures: exp.Select,
    keys: list[exp.Expression],
    value: exp.Expression,
    distinct: dict[str, Counted],
    counted: dict[str, tuple[exp.Expression, exp.Expression | None]],
) -> exp.Select:
    """Each value once a group, with the bits of the counts that count it."""
    found = {name: condition for name, (of, condition) in counted.items() if of == value}
    bits = [
        exp.Literal.number(distinct[name].bit) if condition is None else _bit(condition, distinct[name].bit)
        for name, condition in found.items()
    ]
    number = next(distinct[name].value for name in found)
    selected = measures.copy().select(*keys, append=False)
    selected = selected.select(
        exp.alias_(exp.Literal.number(number), "counted"),
        exp.alias_(exp.cast(value.copy(), "text"), "member"),
        exp.alias_(exp.cast(reduce(lambda one, other: exp.Add(this=one, expression=other), bits), "int"), "measures"),
    )
    selected = selected.where(value.copy().is_(exp.null()).not_())
    if None not in found.values():
        selected = selected.where(exp.or_(*(condition.copy() for condition in found.values() if condition is not None)))
    return selected.group_by(value.copy())


def _bit(condition: exp.Expression, bit: int) -> exp.Expression:
    return exp.Max(this=exp.case().when(condition.copy(), exp.Literal.number(bit)).else_(exp.Literal.number(0)))


def _members(query: exp.Select, branches: list[exp.Select]) -> str:
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
