"""How well similar products tell what else is in a real shop's orders: one product of an order is hidden, ten are proposed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale
from rtlakehouse.benchmarks.file_to_gold import replay
from rtlakehouse.benchmarks.retail import MAPPING, RETAIL, require_retail
from rtlakehouse.benchmarks.texts import text_figures
from rtlakehouse.catalog import Catalog
from rtlakehouse.clock import SystemClock
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.search.index import Point
from rtlakehouse.search.memory import MemoryIndex, direction
from rtlakehouse.search.products import BasketBounds, Baskets
from rtlakehouse.search.products.embedding import DIMENSIONS, Lines, Masses, embedded, fitted
from rtlakehouse.search.products.queries import INCOMING
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake

__all__ = ["SEARCH", "Learned", "Trial", "hits"]

# What is learned from comes before it, and what is tried after: nothing of a trial was known.
_SPLIT = datetime(2011, 10, 1)  # noqa: DTZ001 - naive UTC, as in the statements
_TRIALS = 1_000
_SEED = 20_111_001
_PROPOSED = 10

_SILVER = """
    select tenant_id, event_type, session_id, order_id, product_id from silver
    where event_type = 'purchase' and (event_time < $split) = $before
"""


@dataclass(frozen=True)
class Trial:
    """An order: the product that is hidden, and the others."""

    hidden: int
    others: tuple[int, ...]


@dataclass(frozen=True)
class Learned:
    """What was learned: products by number, in how many orders each was, their pairs, and an index of their vectors."""

    orders: npt.NDArray[np.int64]
    lines: Lines
    index: MemoryIndex

    def similar(self, others: Sequence[int]) -> list[int]:
        """By the direction in which the others lie together."""
        points = [point.vector for number in others if (point := self.index.get(str(number))) is not None]
        found = self.index.query(direction(np.sum(points, axis=0)), _PROPOSED + len(others))
        return [int(each.id) for each in found if int(each.id) not in others][:_PROPOSED]

    def together(self, others: Sequence[int]) -> list[int]:
        """By the shares of the others' orders that a product was in too."""
        shares = np.zeros(len(self.orders))
        for number in others:
            row = int(np.searchsorted(self.lines.products, number))
            entries = slice(self.lines.first[row], self.lines.first[row] + self.lines.lengths[row])
            shares[self.lines.others[entries]] += self.lines.counts[entries] / self.orders[number]
        return self._best(shares, others)

    def popular(self, others: Sequence[int]) -> list[int]:
        """By how many orders a product was in."""
        return self._best(self.orders.astype(np.float64), others)

    @staticmethod
    def _best(values: npt.NDArray[np.float64], others: Sequence[int]) -> list[int]:
        ranked = np.argsort(-values, kind="stable")[: _PROPOSED + len(others)]
        return [int(number) for number in ranked if number not in others][:_PROPOSED]


def hits(learned: Learned, trials: Sequence[Trial]) -> dict[str, float]:
    """The share of trials, in percent, whose hidden product was among the ten that each way proposes."""
    ways = {"similar": learned.similar, "together": learned.together, "popular": learned.popular}
    return {
        name: 100 * sum(trial.hidden in propose(trial.others) for trial in trials) / len(trials) for name, propose in ways.items()
    }


def _measure(folder: Path, _: Scale) -> Iterator[Figure]:
    replay(RETAIL, folder / "lake", MAPPING)
    settings = Settings()
    bounds = BasketBounds(settings.search_members, settings.search_pairs, settings.search_memory_mb)
    catalog = Catalog(Lake.open(folder / "lake"), SystemClock(), poll=timedelta(seconds=1), memory_mb=256, gold_mb=64)
    with closing(catalog), closing(Baskets(bounds, folder)) as baskets:
        began = time.process_time()
        baskets.add(_incoming(catalog, before=True))
        learned = _learned(baskets)
        seconds = time.process_time() - began
        trials = _trials(baskets, learned, _incoming(catalog, before=False))
        yield from _figures(learned, trials, seconds)
    yield from text_figures(folder / "texts")


def _figures(learned: Learned, trials: Sequence[Trial], seconds: float) -> Iterator[Figure]:
    found = hits(learned, trials)
    beside = [
        Limit("the products of most orders", found["popular"], "%"),
        Limit("what was together most often", found["together"], "%"),
    ]
    what = f"the hidden product of {len(trials):,} orders is among ten proposed"
    yield Figure("search_hit_rate", what, found["similar"], "%", found["popular"], at_least=True, beside=beside)
    pairs = int(learned.lines.counts.sum()) // 2
    yield Figure("search_learn_s", f"processor time to learn {len(learned.orders):,} products of {pairs:,} pairs", seconds, "s")
    began = time.process_time()
    for trial in trials[:100]:
        learned.similar(trial.others[:1])
    yield Figure("search_query_ms", "processor time to find similar products", 10 * (time.process_time() - began), "ms")


def _incoming(catalog: Catalog, *, before: bool) -> pa.Table:
    rows = catalog.latest.query(_SILVER, {"split": _SPLIT, "before": before}, silver="silver.events")
    return catalog.latest.query(INCOMING, rows=rows)


def _learned(baskets: Baskets) -> Learned:
    products, table = baskets.products(DEFAULT_TENANT)
    lines = baskets.lines(DEFAULT_TENANT)
    masses = Masses(table["product"].to_numpy().astype(np.int64), table["mass"].to_numpy().astype(np.int64))
    vectors = embedded(lines, masses, fitted(lines, masses))
    index = MemoryIndex(DIMENSIONS)
    index.upsert([Point(str(number), vector, {}) for number, vector in zip(lines.products.tolist(), vectors, strict=True)])
    orders = np.zeros(max(product.number for product in products) + 1, np.int64)
    for product in products:
        orders[product.number] = product.orders
    return Learned(orders, lines, index)


def _trials(baskets: Baskets, learned: Learned, later: pa.Table) -> list[Trial]:
    """Orders of at least two products that were learned of, drawn by chance, and in each one that is hidden, likewise."""
    numbers = {product.product_id: product.number for product in baskets.products(DEFAULT_TENANT)[0]}
    known = set(learned.lines.products.tolist())
    held: dict[int, list[int]] = {}
    for row in later.sort_by([("basket", "ascending"), ("product_id", "ascending")]).to_pylist():
        if (number := numbers.get(row["product_id"])) in known and number is not None:
            held.setdefault(row["basket"], []).append(number)
    draw = random.Random(_SEED)
    orders = sorted(products for products in held.values() if len(products) > 1)
    chosen = draw.sample(orders, min(_TRIALS, len(orders)))
    return [_hidden(products, draw.randrange(len(products))) for products in chosen]


def _hidden(products: Sequence[int], place: int) -> Trial:
    return Trial(products[place], tuple(number for i, number in enumerate(products) if i != place))


SEARCH = Benchmark(
    "search", "similar products of a real shop, hit rate at 10 beside popularity; texts by words", _measure, require_retail
)
