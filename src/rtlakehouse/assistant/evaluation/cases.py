"""The questions of the evaluation and what each must be read as, whatever the rules are.

A case has `ask`, and either what must be asked of the semantic layer or `asks` (a question back) or `refuses`:

    metrics    names, in any order
    by         dimensions, in any order
    where      dimension to value or values; `not` in the same way those that are left out
    at         the range, within the year of NOW; `all` from the beginning; left out: that of a question without a time
    versus     the range it is compared with
    grain      the length of a step; left out: one step
    top        so many rows, the highest first; `bottom` the lowest
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from rtlakehouse.assistant.lexicon import Values
from rtlakehouse.assistant.understanding import Moment
from rtlakehouse.semantic.catalogue import Grain
from rtlakehouse.semantic.question import Filter, Order, Question

__all__ = ["MOMENT", "SPLITS", "VALUES", "Case", "Expected", "Kind", "Range", "Split", "cases"]

Split = Literal["open", "held_out"]
Kind = Literal["answer", "question", "refusal"]
SPLITS: tuple[Split, ...] = ("open", "held_out")

# When the questions are asked: a Tuesday morning.
MOMENT = Moment(datetime(2026, 11, 24, 10, 30, 20), datetime(2026, 11, 24, 10, 31))  # noqa: DTZ001 - naive UTC
_ALL = datetime(1970, 1, 1)  # noqa: DTZ001
# The values that occur: those of the simulated shop.
VALUES: Values = {
    "country": ("DE", "GB", "FR", "US", "NL", "CH"),
    "currency": ("EUR", "GBP", "USD", "CHF"),
    "device": ("mobile", "desktop", "tablet"),
    "campaign": ("newsletter", "spring-sale", "retargeting"),
    "referrer": ("https://search.example/", "https://social.example/", "https://deals.example/"),
    "product_id": ("sku-7", "sku-20"),
    "event_type": ("page_view", "add_to_cart", "purchase", "refund"),
}
Range = tuple[datetime, datetime]


@dataclass(frozen=True)
class Expected:
    """The question of the semantic layer and its ranges."""

    question: Question
    range: Range
    versus: Range | None


@dataclass(frozen=True)
class Case:
    """A question in words, in which split, and what it must come to. expected: of an answer."""

    ask: str
    split: Split
    kind: Kind
    expected: Expected | None


@cache
def cases() -> tuple[Case, ...]:
    """Every question of the evaluation."""
    return tuple(case for split in SPLITS for case in _read(split))


def _read(split: Split) -> list[Case]:
    text = resources.files(__package__).joinpath(f"{split}.yaml").read_text("utf-8")
    return [_case(entry, split) for entry in yaml.safe_load(text)]


def _case(entry: Mapping[str, Any], split: Split) -> Case:
    if entry.get("asks") or entry.get("refuses"):
        return Case(entry["ask"], split, "question" if entry.get("asks") else "refusal", None)
    default = (MOMENT.now.replace(minute=31, second=0) - timedelta(days=1), MOMENT.now.replace(minute=31, second=0))
    versus = _range(entry["versus"]) if "versus" in entry else None
    range_ = _range(entry["at"]) if "at" in entry else default
    return Case(entry["ask"], split, "answer", Expected(_question(entry), range_, versus))


def _question(entry: Mapping[str, Any]) -> Question:
    filters = [*_filters(entry.get("where", {}), "eq", "in"), *_filters(entry.get("not", {}), "ne", "not_in")]
    grain: Grain = entry.get("grain", "all")
    count = entry.get("top", entry.get("bottom"))
    order = (Order(entry["metrics"][0], "top" in entry),) if count else ()
    return Question(tuple(entry["metrics"]), tuple(entry.get("by", ())), tuple(filters), grain, order, count)


def _filters(values: Mapping[str, Any], one: Any, many: Any) -> list[Filter]:
    return [
        Filter(name, many, tuple(value)) if isinstance(value, list) else Filter(name, one, (value,))
        for name, value in values.items()
    ]


def _range(text: str) -> Range:
    if text == "all":
        return _ALL, MOMENT.now.replace(minute=31, second=0)
    start, end = (datetime.fromisoformat(f"{MOMENT.now.year}-{bound}") for bound in text.split("/"))
    return start, end
