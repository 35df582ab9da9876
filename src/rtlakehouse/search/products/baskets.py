"""Which products were together: counted as events come, so that a batch costs what the batch holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from rtlakehouse.search.products import queries
from rtlakehouse.search.products.embedding import Lines

__all__ = ["Baskets", "BasketBounds", "Product", "Tenant", "Together"]

# Of a basket, the products that are looked at: a robot that looks at everything would make millions of pairs.
_BASKET_SIZE = 100
# Recent pairs are merged when there are as many as this, and as a quarter of the others.
_RECENT = 200_000


@dataclass(frozen=True)
class BasketBounds:
    """members: products in baskets that may grow yet; the oldest go first. pairs: those least often together go first."""

    members: int
    pairs: int
    memory_mb: int


@dataclass(frozen=True)
class Product:
    """number: of the product among those of all tenants. sessions, orders: in how many it was."""

    number: int
    product_id: str
    sessions: int
    orders: int


@dataclass(frozen=True)
class Together:
    """Another product, and in how many baskets both were. sessions, orders: in how many the other one was."""

    product_id: str
    together: int
    sessions: int
    orders: int


@dataclass(frozen=True)
class Tenant:
    """mass: the sum of what its products were together with others."""

    id: str
    mass: int
    products: int


class Baskets:
    """Products, and pairs of them by the sessions and orders in which both were. Not thread-safe.

    spill: where DuckDB puts what is over the bounds.
    """

    def __init__(self, bounds: BasketBounds, spill: Path) -> None:
        self._bounds = bounds
        self._batch = 0
        self._database = duckdb.connect(
            config={"threads": 1, "memory_limit": f"{bounds.memory_mb}MB", "temp_directory": str(spill)}
        )
        self._database.execute(queries.SCHEMA)
        self._database.execute("set variable basket_size = $size", {"size": _BASKET_SIZE})
        self._database.execute("set variable most_pairs = $most", {"most": bounds.pairs})

    def add(self, incoming: pa.Table) -> dict[str, list[int]]:
        """Count what `queries.INCOMING` found in a batch. The products of each tenant whose pairs are others now."""
        self._batch += 1
        self._database.register("incoming", incoming)
        for statement in (queries.ADD_PRODUCTS, queries.FRESH, queries.ADD_PAIRS, queries.COUNT_BASKETS, queries.ADD_MASS):
            self._database.execute(statement)
        self._database.execute(queries.ADD_MEMBERS, {"batch": self._batch})
        touched: dict[str, list[int]] = {}
        for row in self._rows(queries.TOUCHED):
            touched.setdefault(row["tenant_id"], []).append(row["product"])
        self._database.unregister("incoming")
        self._bound()
        return touched

    def tenants(self) -> list[Tenant]:
        return [Tenant(row["tenant_id"], row["mass"], row["products"]) for row in self._rows(queries.TENANTS)]

    def product(self, tenant_id: str, product_id: str) -> Product | None:
        """The product, if it was in any basket."""
        found = self._rows(queries.PRODUCT, {"tenant": tenant_id, "product": product_id})
        return Product(found[0]["product"], product_id, found[0]["sessions"], found[0]["orders"]) if found else None

    def products(self, tenant_id: str) -> tuple[list[Product], pa.Table]:
        """Every product of a tenant by number, and a table of the same order with its `mass`."""
        found = self._table(queries.MASSES, {"tenant": tenant_id})
        rows = found.select(["product", "product_id", "sessions", "orders"]).to_pylist()
        return [Product(row["product"], row["product_id"], row["sessions"], row["orders"]) for row in rows], found

    def lines(self, tenant_id: str, products: Sequence[int] | None = None) -> Lines:
        """The pairs of some products of a tenant, or of all of them, as lines of a matrix."""
        if products is None:
            return _lines(self._table(queries.PAIRS_OF_TENANT, {"tenant": tenant_id}))
        return _lines(self._table(queries.PAIRS_OF, {"products": list(products)}))

    def together(self, product: Product, *, orders: bool, least: int, limit: int) -> list[Together]:
        """What was most often in one order with a product, or in one session."""
        wanted = {"product": product.number, "is_order": orders, "least": least, "limit": limit}
        return [Together(**row) for row in self._rows(queries.TOGETHER, wanted)]

    def close(self) -> None:
        self._database.close()

    def _bound(self) -> None:
        (counts,) = self._rows(queries.COUNTS)
        if counts["members"] > self._bounds.members:
            (kept,) = self._rows(queries.OLDEST_KEPT, {"most": self._bounds.members})
            self._database.execute(queries.FORGET_MEMBERS, {"batch": kept["batch"] or self._batch + 1})
        if counts["recent"] > max(_RECENT, counts["merged"] // 4):
            self._database.execute(queries.MERGE)
            if counts["recent"] + counts["merged"] > self._bounds.pairs:
                self._database.execute(queries.FORGET_PAIRS)

    def _table(self, sql: str, parameters: dict[str, Any] | None = None) -> pa.Table:
        return self._database.sql(sql, params=parameters or {}).to_arrow_table()

    def _rows(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._table(sql, parameters).to_pylist()
        return rows


def _lines(pairs: pa.Table) -> Lines:
    numbers = {name: np.asarray(pairs[name].to_numpy(), np.int64) for name in ("line", "other", "n")}
    products, first = np.unique(numbers["line"], return_index=True)
    return Lines(products, np.asarray(first, np.int64), numbers["other"], numbers["n"])
