"""A question of metrics: which figures, told apart by what, of which events, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from rtlakehouse.errors import UsageError
from rtlakehouse.semantic.catalogue import Catalogue, Grain, Metric

__all__ = ["STEP", "Filter", "Operator", "Order", "Question", "check", "step_of"]

Operator = Literal["eq", "ne", "in", "not_in", "starts_with", "contains", "is_null", "is_not_null"]
# The column that tells steps apart where there are several.
STEP = "step_start"

_MANY = {"in", "not_in"}
_NONE = {"is_null", "is_not_null"}
_ANY_KIND = {"eq", "ne", *_NONE}
_STEPS: dict[Grain, timedelta | None] = {
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "all": None,
}


@dataclass(frozen=True)
class Filter:
    """Only events whose dimension is so. A comparison is never true of an event that has no value."""

    dimension: str
    operator: Operator
    values: tuple[str | bool, ...] = ()

    @property
    def rules_out_null(self) -> bool:
        return self.operator != "is_null"


@dataclass(frozen=True)
class Order:
    """By a metric or dimension that is asked for, or by `step_start`."""

    by: str
    descending: bool = False


@dataclass(frozen=True)
class Question:
    """What is asked, apart from tenant and range. limit: rows in all, the first by the order; None: every one."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    grain: Grain = "all"
    order: tuple[Order, ...] = ()
    limit: int | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell the answer's rows apart."""
        return (*([STEP] if self.grain != "all" else []), *self.dimensions)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the answer's columns."""
        return (*self.keys, *self.metrics)

    @property
    def used_dimensions(self) -> frozenset[str]:
        return frozenset(self.dimensions) | {wanted.dimension for wanted in self.filters}


def step_of(grain: Grain) -> timedelta | None:
    """How long a step is; None where the range is one."""
    return _STEPS[grain]


def check(question: Question, catalogue: Catalogue) -> None:
    """Raises NotFoundError for a name that there is not, UsageError for what does not go together, each with the fix."""
    for name in question.columns:
        if question.columns.count(name) > 1:
            raise UsageError(f"{name!r} is asked for twice; name it once.")
    for wanted in question.filters:
        _check_filter(wanted, catalogue)
    for name in question.metrics:
        _check_metric(catalogue.metric(name), question, catalogue)
    for order in question.order:
        if order.by not in question.columns:
            raise UsageError(f"The order is by {order.by!r}, which is not asked for; there are {', '.join(question.columns)}.")


def _check_metric(metric: Metric, question: Question, catalogue: Catalogue) -> None:
    for name in sorted(question.used_dimensions):
        if catalogue.dimension(name).name not in metric.dimensions:
            raise UsageError(f"{metric.name} is not told by {name}; it is by {', '.join(metric.dimensions)}.")
    if metric.is_money and not _has_one_currency(question):
        raise UsageError(
            f"{metric.name} is money, and currencies are never added together: "
            "add currency to `dimensions`, or filter on one with `eq`."
        )


def _has_one_currency(question: Question) -> bool:
    return "currency" in question.dimensions or any(
        wanted.dimension == "currency" and wanted.operator == "eq" for wanted in question.filters
    )


def _check_filter(wanted: Filter, catalogue: Catalogue) -> None:
    dimension = catalogue.dimension(wanted.dimension)
    takes = "no value" if wanted.operator in _NONE else "one or more values" if wanted.operator in _MANY else "one value"
    fits = {"no value": not wanted.values, "one value": len(wanted.values) == 1, "one or more values": bool(wanted.values)}
    if not fits[takes]:
        raise UsageError(f"The operator {wanted.operator} of {dimension.name} takes {takes}; {len(wanted.values)} were given.")
    if dimension.is_boolean and wanted.operator not in _ANY_KIND:
        raise UsageError(f"{dimension.name} is true or false; filter on it with eq or ne.")
    if any(isinstance(value, bool) is not dimension.is_boolean for value in wanted.values):
        raise UsageError(f"{dimension.name} takes {'true or false' if dimension.is_boolean else 'text'} as values.")
    strange = [value for value in wanted.values if dimension.values and value not in dimension.values]
    if strange and wanted.operator in ("eq", "ne", *_MANY):
        raise UsageError(f"{dimension.name} is never {strange[0]!r}; it is one of {', '.join(dimension.values)}.")
