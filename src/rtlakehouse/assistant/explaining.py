"""A chart in words: where it is highest and lowest, and which parts moved most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rtlakehouse.assistant.wording import key, number
from rtlakehouse.semantic.catalogue import Catalogue, Metric
from rtlakehouse.semantic.question import Question

__all__ = ["PRODUCT", "Part", "extremes", "furthest", "moved", "one_currency"]

PRODUCT = "product_id"
Row = Mapping[str, Any]
_METRICS = 2
_CURRENCIES = 3
_SEGMENTS = 3
_PRODUCTS = 2


@dataclass(frozen=True)
class Part:
    """A part of a figure, now and before. currency: of money."""

    dimension: str
    value: str
    currency: str | None
    now: int | Decimal
    before: int | Decimal

    @property
    def change(self) -> int | Decimal:
        return self.now - self.before


def one_currency(question: Question) -> str | None:
    """The currency that a question is about, where it filters on one."""
    filtered = [wanted.values[0] for wanted in question.filters if wanted.dimension == "currency" and wanted.operator == "eq"]
    return str(filtered[0]) if filtered else None


def extremes(question: Question, rows: Sequence[Row], catalogue: Catalogue) -> Iterator[str]:
    """Of the first metrics, and of each currency, the row with the highest and that with the lowest figure."""
    for metric in map(catalogue.metric, question.metrics[:_METRICS]):
        is_by_currency = metric.is_money and "currency" in question.dimensions
        keys = [name for name in question.keys if not (is_by_currency and name == "currency")]
        currencies = list(dict.fromkeys(row["currency"] for row in rows)) if is_by_currency else [one_currency(question)]
        for currency in currencies[:_CURRENCIES]:
            known = [row for row in rows if row[metric.name] is not None and (not is_by_currency or row["currency"] == currency)]
            if keys and len(known) > 1:
                yield _between(metric, keys, known, currency)


def _between(metric: Metric, keys: Sequence[str], rows: Sequence[Row], currency: str | None) -> str:
    unit = (currency or "") if metric.is_money else metric.unit
    ends = []
    for word, row in (("highest", max(rows, key=_figure_of(metric))), ("lowest", min(rows, key=_figure_of(metric)))):
        ends.append(f"{word} {number(metric, row[metric.name], unit)} ({', '.join(key(row[name]) for name in keys)})")
    return f"{metric.title}: {', '.join(ends)}."


def _figure_of(metric: Metric) -> Any:
    return lambda row: row[metric.name]


def furthest(parts: Iterable[Part]) -> list[Part]:
    """The segments and the products that moved furthest, the furthest first; of each currency by itself."""
    found: list[Part] = []
    ordered = sorted(
        (part for part in parts if part.change), key=lambda part: (-abs(float(part.change)), part.dimension, part.value)
    )
    for currency in list(dict.fromkeys(part.currency for part in ordered))[:_CURRENCIES]:
        own = [part for part in ordered if part.currency == currency]
        found += [part for part in own if part.dimension != PRODUCT][:_SEGMENTS]
        found += [part for part in own if part.dimension == PRODUCT][:_PRODUCTS]
    return found


def moved(parts: Sequence[Part], metric: Metric, catalogue: Catalogue) -> str:
    """These parts, with what they are and were."""
    told = []
    for part in parts:
        unit = (part.currency or "") if metric.is_money else ""
        title = catalogue.dimension(part.dimension).title.lower()
        told.append(f"{title} {part.value}: {number(metric, part.now, unit)}, was {number(metric, part.before, unit)}")
    return f"What moved most of {metric.title.lower()}: {'; '.join(told)}."
