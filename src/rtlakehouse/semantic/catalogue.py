"""The catalogue of metrics as data: `metrics.yaml` beside this file, loaded once and checked against the tables."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

import pyarrow as pa
import sqlglot
import yaml
from sqlglot import exp

from rtlakehouse.contract.contract import load as contract
from rtlakehouse.errors import MetricsError, NotFoundError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.silver import EVENTS

__all__ = ["GRAINS", "Catalogue", "Dimension", "Format", "Grain", "Metric", "Ratio", "Unit", "load", "parse"]

Unit = Literal["events", "users", "sessions", "orders", "units", "money", "share"]
Format = Literal["integer", "money", "percent"]
Grain = Literal["1m", "5m", "15m", "1h", "1d", "all"]
GRAINS: tuple[Grain, ...] = get_args(Grain)

_FILE = "metrics.yaml"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
# More would not fit the exact whole-number arithmetic of a ratio over money.
_MOST_DIGITS = 6


@dataclass(frozen=True)
class Dimension:
    """What figures are told apart by: a column of silver.events of that name."""

    name: str
    title: str
    description: str

    @property
    def is_boolean(self) -> bool:
        return bool(pa.types.is_boolean(EVENTS.schema.field(self.name).type))

    @property
    def values(self) -> tuple[str, ...]:
        """The values it may have, where the contract lists them."""
        return next((field.values for field in contract().fields if field.name == self.name), ())


@dataclass(frozen=True)
class Ratio:
    """The quotient of two metrics' figures over the same rows, rounded half up to `digits`; null where `to` is 0."""

    of: str
    to: str
    digits: int


@dataclass(frozen=True)
class Metric:
    """One business figure; `metrics.yaml` says what each member means. It has a formula, or a ratio in its place."""

    name: str
    title: str
    description: str
    unit: Unit
    format: Format
    grain: Grain
    dimensions: tuple[str, ...]
    formula: str = ""
    ratio: Ratio | None = None
    additive: bool = False
    gold: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()

    @property
    def is_money(self) -> bool:
        return self.unit == "money"

    @property
    def spelled(self) -> str:
        """How it is computed, for people."""
        return self.formula if self.ratio is None else f"{self.ratio.of} / {self.ratio.to}"


@dataclass(frozen=True)
class Catalogue:
    """Every metric and dimension, in the order of the file."""

    metrics: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...]

    def metric(self, name: str) -> Metric:
        """The metric of that name. Raises NotFoundError with the one that was probably meant, also by its synonyms."""
        named = {metric.name: metric for metric in self.metrics}
        if name in named:
            return named[name]
        meanings = {word: metric.name for metric in self.metrics for word in (metric.name, *metric.synonyms)}
        raise NotFoundError(f"There is no metric {name!r}. {_hint(name, meanings)}")

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name. Raises NotFoundError with the one that was probably meant."""
        named = {dimension.name: dimension for dimension in self.dimensions}
        if name in named:
            return named[name]
        raise NotFoundError(f"There is no dimension {name!r}. {_hint(name, {other: other for other in named})}")

    def parts(self, metric: Metric) -> tuple[Metric, ...]:
        """The metrics with a formula that this one is computed from: itself, or the two of its ratio."""
        return (metric,) if metric.ratio is None else (self.metric(metric.ratio.of), self.metric(metric.ratio.to))


def _hint(name: str, meanings: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(name.lower().replace("-", "_"), meanings, n=1)
    return f"Did you mean {meanings[close[0]]}?" if close else f"There are {', '.join(dict.fromkeys(meanings.values()))}."


@cache
def load() -> Catalogue:
    """The catalogue of this package. Raises MetricsError naming the metric that is wrong."""
    text = resources.files(__package__).joinpath(_FILE).read_text("utf-8")
    return parse(yaml.safe_load(text), _FILE)


def parse(document: Any, file: str) -> Catalogue:
    """A catalogue from its YAML document. Raises MetricsError that names the file, the metric and the fix."""
    if not isinstance(document, Mapping) or document.keys() != {"dimensions", "metrics"}:
        raise MetricsError(f"{file}: the document must have the lists `dimensions` and `metrics`, and nothing else.")
    dimensions = tuple(_made(Dimension, entry, f"{file}: dimension") for entry in document["dimensions"])
    for dimension in dimensions:
        if dimension.name not in EVENTS.column_names:
            raise MetricsError(f"{file}: dimension {dimension.name!r} is no column of {EVENTS.name}; {_columns(dimension.name)}")
    metrics = tuple(_metric(entry, file) for entry in document["metrics"])
    catalogue = Catalogue(metrics, dimensions)
    _check_names([*(d.name for d in dimensions), *(m.name for m in metrics)], file)
    for metric in metrics:
        if fault := next(_faults(metric, catalogue), ""):
            raise MetricsError(f"{file}: metric {metric.name!r}: {fault}")
    return catalogue


def _metric(entry: Any, file: str) -> Metric:
    given = dict(entry) if isinstance(entry, Mapping) else {}
    where = f"{file}: metric {given.get('name')!r}"
    if "ratio" in given:
        given["ratio"] = _made(Ratio, given["ratio"], f"{where}, ratio")
    for name in ("dimensions", "gold", "synonyms"):
        if name in given:
            given[name] = tuple(given[name])
    metric: Metric = _made(Metric, given, where)
    return metric


def _made(kind: type[Any], entry: Any, where: str) -> Any:
    """An instance of a definition from its members; a member that is missing, unknown or of another type is named."""
    if not isinstance(entry, Mapping):
        raise MetricsError(f"{where}: {entry!r} must be a mapping of names to values.")
    known = {field.name for field in fields(kind)}
    if unknown := sorted(entry.keys() - known):
        close = difflib.get_close_matches(unknown[0], known, n=1)
        raise MetricsError(f"{where}: {unknown[0]!r} is not known; {f'did you mean {close[0]}?' if close else 'remove it.'}")
    try:
        return kind(**entry)
    except TypeError as error:
        missing = ", ".join(
            sorted(field.name for field in fields(kind) if field.name not in entry and f"'{field.name}'" in str(error))
        )
        raise MetricsError(f"{where}: add {missing}.") from error


def _check_names(names: list[str], file: str) -> None:
    for name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise MetricsError(f"{file}: {name!r} is no name; use small letters, digits and _.")
        if names.count(name) > 1:
            raise MetricsError(f"{file}: {name!r} is defined twice; remove one.")


def _faults(metric: Metric, catalogue: Catalogue) -> Iterator[str]:
    """What is wrong with a metric, each with its fix."""
    for name, allowed in (("unit", get_args(Unit)), ("format", get_args(Format)), ("grain", GRAINS[:-1])):
        if getattr(metric, name) not in allowed:
            yield f"{name} {getattr(metric, name)!r} must be one of {', '.join(allowed)}."
    known = [dimension.name for dimension in catalogue.dimensions]
    if strange := [name for name in metric.dimensions if name not in known]:
        yield f"dimension {strange[0]!r} is not defined; add it to `dimensions`, or use one of {', '.join(known)}."
    if metric.is_money and "currency" not in metric.dimensions:
        yield "money belongs to a currency; add currency to its dimensions."
    if bool(metric.formula) == (metric.ratio is not None):
        yield "give it a formula or a ratio, one of both."
    yield from _ratio_faults(metric, metric.ratio, catalogue) if metric.ratio else _formula_faults(metric)


def _ratio_faults(metric: Metric, ratio: Ratio, catalogue: Catalogue) -> Iterator[str]:
    formulas = {other.name: other for other in catalogue.metrics if other.formula}
    for name in (ratio.of, ratio.to):
        if name not in formulas:
            yield f"its ratio needs {name!r}, which is no metric with a formula; there are {', '.join(formulas)}."
    if metric.additive or metric.gold:
        yield "a ratio is computed from its parts and does not add up; remove `additive` and `gold`."
    if ratio.digits not in range(1, _MOST_DIGITS + 1):
        yield f"digits must be 1 to {_MOST_DIGITS}."
    if formulas[ratio.to].is_money or metric.is_money != formulas[ratio.of].is_money:
        yield "money is divided by a count and stays money; set its unit to that of what is divided."


def _formula_faults(metric: Metric) -> Iterator[str]:
    try:
        tree = sqlglot.parse_one(metric.formula, dialect="duckdb")
    except sqlglot.ParseError as error:
        yield f"its formula is not SQL: {str(error).splitlines()[0]}"
        return
    if strange := [column.name for column in tree.find_all(exp.Column) if column.name not in EVENTS.column_names]:
        yield f"its formula reads {strange[0]!r}, which is no column of {EVENTS.name}; {_columns(strange[0])}"
    if not tree.find(exp.AggFunc):
        yield "its formula adds nothing up; use sum or count."
    if metric.additive and tree.find(exp.Distinct):
        yield "distinct things do not add up; set `additive: false`."
    for name in metric.gold:
        if name not in TABLES or metric.name not in TABLES[name].column_names:
            yield f"{name} has no column {metric.name}; remove it from `gold`."


def _columns(name: str) -> str:
    close = difflib.get_close_matches(name, EVENTS.column_names, n=1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(EVENTS.column_names)}."
