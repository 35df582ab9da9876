"""From a question of metrics to the one SQL statement that answers it, over gold where that gives the same, else over silver.

The text is put together of the catalogue's own names and formulas alone; every value that a caller gave is bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rtlakehouse.semantic.catalogue import Catalogue, Metric
from rtlakehouse.semantic.question import STEP, Filter, Operator, Question, check, step_of

__all__ = ["Statement", "compile_question", "every_statement", "first_step"]

_SILVER = "silver.events"
_TENANT = "tenant_id"
# Gold tables that may stand in for silver, the smallest first, and the dimensions that their rows still tell apart.
_GOLD: dict[str, frozenset[str]] = {
    "gold.kpis_1m": frozenset(),
    "gold.revenue_1m": frozenset({"currency"}),
    "gold.products_1m": frozenset({"product_id", "currency"}),
}
_SEGMENTS = "gold.segments_1m"
_SEGMENTED = frozenset({"country", "device", "campaign", "referrer"})
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - naive UTC, as in the statements

_SELECT = """
    with sums as (
        select {keys}
        from {relation}
        where {tenant}{time} >= $start and {time} < $end{conditions}
        {grouping}
    )
    select {columns} from sums {something} order by {order} limit $limit offset $offset
"""
_TESTS: dict[Operator, str] = {
    "eq": "{column} = {value}",
    "ne": "{column} <> {value}",
    "in": "list_contains({value}, {column})",
    "not_in": "not list_contains({value}, {column})",
    "starts_with": "starts_with({column}, {value})",
    "contains": "contains({column}, {value})",
    "is_null": "{column} is null",
    "is_not_null": "{column} is not null",
}
# Half up, in whole numbers of the last digit, as gold has it: engines round the quotient of decimals differently.
_RATIO = """case when "{to}" <> 0 then cast(
        cast(({twice} - ({twice} % {span} + {span}) % {span}) // {span} as decimal(38, 0)) * cast({last} as decimal(7, 6))
    as decimal(38, {digits})) end as "{name}\""""


@dataclass(frozen=True)
class Statement:
    """table: the one that it reads, as `relation`. time: its column of time. bound: what its filters compare with."""

    table: str
    time: str
    sql: str
    bound: dict[str, Any]

    @property
    def relation(self) -> str:
        """The table's name in the text: `events`, `kpis`, `revenue`, as in every statement of the interface."""
        return _relation(self.table)


def compile_question(question: Question, catalogue: Catalogue, *, every_tenant: bool = False) -> Statement:
    """The statement of a question. It takes `$tenant`, `$start`, `$end`, `$limit`, `$offset`, and `$first_step` and `$step_s`
    unless the whole range is one step. Rows in which every figure is 0 or null are left out, but for the one of a whole range.

    every_tenant: for what works for all of them: it takes no `$tenant`, and its rows have a `tenant_id` first. Nobody who asks
    is ever answered by it.

    Raises NotFoundError and UsageError as `check` does.
    """
    check(question, catalogue)
    metrics = [catalogue.metric(name) for name in question.metrics]
    parts = list(dict.fromkeys(part for metric in metrics for part in catalogue.parts(metric)))
    table = _table(question, parts)
    time = "event_time" if table == _SILVER else "window_start"
    tenants = [_TENANT] if every_tenant else []
    groups = [*tenants, *_step(question, time), *(_as(_column(name, table), name) for name in question.dimensions)]
    nonzero = " or ".join(f'"{part.name}" <> 0' for part in parts)
    sql = _SELECT.format(
        relation=_relation(table),
        tenant="" if every_tenant else f"{_TENANT} = $tenant and ",
        time=time,
        keys=", ".join([*groups, *(_as(_figure(part, table), part.name) for part in parts)]),
        conditions="".join(f" and {condition}" for condition in _conditions(question, table)),
        grouping=f"group by {_places(groups)}" if groups else "",
        something=f"where {nonzero}" if groups else "",
        columns=", ".join([*tenants, *(f'"{name}"' for name in question.keys), *map(_value, metrics)]),
        order=", ".join([*tenants, _order(question)]),
    )
    return Statement(table, time, sql, _bound(question, table))


def every_statement(catalogue: Catalogue) -> Iterator[Statement]:
    """A statement of each metric over each table that may answer for it; together they read whatever any question reads."""
    for metric in catalogue.metrics:
        told = ("currency",) if metric.is_money else ()
        some = Filter("country", "is_not_null")
        for dimensions, filters in (
            (metric.dimensions, ()),
            (told, ()),
            (told, (some,)),
            (("currency",), ()),
            (("product_id", *told), ()),
        ):
            yield compile_question(Question((metric.name,), dimensions, filters), catalogue)


def first_step(start: datetime, step: timedelta) -> datetime:
    """Start of the step that an instant lies in; steps begin at whole multiples of their length, in UTC."""
    return _EPOCH + (start - _EPOCH) // step * step


def _table(question: Question, parts: list[Metric]) -> str:
    """The smallest table whose rows add up to every figure that is asked for."""
    if not all(part.additive for part in parts):
        return _SILVER
    used = question.used_dimensions
    fitting = [name for name, told in _GOLD.items() if used <= told]
    # Its rows lack the events that have no value, so it stands in where those are ruled out.
    if len(used) == 1 and used <= _SEGMENTED and any(wanted.rules_out_null for wanted in question.filters):
        fitting.append(_SEGMENTS)
    return next((name for name in fitting if all(name in part.gold for part in parts)), _SILVER)


def _column(dimension: str, table: str) -> str:
    return '"value"' if table == _SEGMENTS else f'"{dimension}"'


def _step(question: Question, time: str) -> list[str]:
    if step_of(question.grain) is None:
        return []
    return [f"time_bucket(to_seconds($step_s::bigint), {time}, $first_step::timestamp) as {STEP}"]


def _figure(metric: Metric, table: str) -> str:
    total = metric.formula if table == _SILVER else f'sum("{metric.name}")'
    return f"coalesce({total}, 0)::{'decimal(38, 4)' if metric.is_money else 'bigint'}"


def _value(metric: Metric) -> str:
    ratio = metric.ratio
    if ratio is None:
        return f'"{metric.name}"'
    scale = 10**ratio.digits
    return _RATIO.format(
        name=metric.name,
        to=ratio.to,
        twice=f'(("{ratio.of}" * {2 * scale})::hugeint + "{ratio.to}")',
        span=f'(2 * "{ratio.to}")',
        last=f"{1 / scale:.6f}",
        digits=ratio.digits,
    )


def _conditions(question: Question, table: str) -> list[str]:
    tests = [
        _TESTS[wanted.operator].format(column=_column(wanted.dimension, table), value=f"$filter_{place}")
        for place, wanted in enumerate(question.filters)
    ]
    return [*tests, *(["dimension = $dimension"] if table == _SEGMENTS else [])]


def _order(question: Question) -> str:
    """As asked, then by what tells the rows apart, so that there is one order only."""
    asked = {order.by: order.descending for order in question.order}
    for name in question.keys:
        asked.setdefault(name, False)
    sorted_by = (f'"{name}" desc nulls last' if descending else f'"{name}" nulls last' for name, descending in asked.items())
    return ", ".join(sorted_by) or "1"


def _relation(table: str) -> str:
    return table.partition(".")[2].removesuffix("_1m")


def _as(expression: str, name: str) -> str:
    return f'{expression} as "{name}"'


def _places(columns: list[str]) -> str:
    return ", ".join(str(place) for place, _ in enumerate(columns, 1))


def _bound(question: Question, table: str) -> dict[str, Any]:
    bound: dict[str, Any] = {
        f"filter_{place}": _bound_to(wanted) for place, wanted in enumerate(question.filters) if wanted.values
    }
    if table == _SEGMENTS:
        (bound["dimension"],) = question.used_dimensions
    return bound


def _bound_to(wanted: Filter) -> Any:
    return list(wanted.values) if wanted.operator in ("in", "not_in") else wanted.values[0]
