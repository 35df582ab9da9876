"""What is known of products at one version of silver.events: what was together, and a vector for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.snapshot import Files
from rtlakehouse.search.index import Filter, Point, Value, Vector, VectorIndex
from rtlakehouse.search.products.baskets import Baskets, Product, Tenant, Together
from rtlakehouse.search.products.embedding import Basis, Masses, embedded, fitted
from rtlakehouse.search.products.queries import INCOMING
from rtlakehouse.storage.log import DataFile

__all__ = ["SILVER", "Built", "Similar"]

SILVER = "silver.events"
# The vectors of a tenant are learned anew once its products were together so much more often; until then those of products
# that were in a batch are worked out on the basis that there is. So learning costs a constant share of counting.
_GROWTH = 1.25
# Products that have nothing in common are not exactly at right angles.
_NOISE = 0.01
# Rows of silver whose baskets are found at once.
_ROWS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Similar:
    """A product that is like another one. score: the cosine of the angle between their vectors."""

    product_id: str
    score: float
    sessions: int
    orders: int


@dataclass(frozen=True)
class _Fit:
    """The basis of a tenant's vectors, and how much its products were together when it was learned."""

    basis: Basis
    mass: int


@dataclass
class Built:
    """Baskets, vectors and what they are of. at: when it was begun. fits: how often vectors of a tenant were learned anew.

    Not thread-safe.
    """

    baskets: Baskets
    index: VectorIndex
    snapshot: Snapshot
    at: datetime
    fits: int = 0
    _fitted: dict[str, _Fit] = field(default_factory=dict)
    _embedded: dict[str, set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.backend = self.index.state().backend

    def points(self, tenant_id: str | None = None) -> int:
        """How many products of a tenant, or of all, have a vector; the index is not asked for that."""
        return sum(len(products) for owner, products in self._embedded.items() if tenant_id in (None, owner))

    def take(self, snapshot: Snapshot, files: Sequence[DataFile], counted: Callable[[int], None] = lambda _: None) -> None:
        """Go on to a snapshot whose table has these files more. counted: told how many of their rows are behind."""
        touched: dict[str, set[int]] = {}
        done = 0
        for some in _chunks(files):
            incoming = snapshot.query(INCOMING, rows=Files(SILVER, snapshot.versions[SILVER], tuple(some)))
            for tenant_id, products in self.baskets.add(incoming).items():
                touched.setdefault(tenant_id, set()).update(products)
            done += sum(file.rows for file in some)
            counted(done)
        for tenant in self.baskets.tenants():
            if tenant.id in touched:
                self._embed(tenant, touched[tenant.id])
        self.snapshot = snapshot

    def similar(self, tenant_id: str, product: Product, limit: int, least: int) -> list[Similar]:
        """The products most like one, of those in at least so many sessions and orders; none while it was with no other."""
        if (point := self.index.get(str(product.number))) is None:
            return []
        where = Filter(equal={"tenant_id": tenant_id}, unequal={"product_id": product.product_id}, at_least={"baskets": least})
        found = self.index.query(point.vector, limit, where)
        return [
            Similar(str(each.payload["product_id"]), each.score, int(each.payload["sessions"]), int(each.payload["orders"]))
            for each in found
            if each.score > _NOISE
        ]

    def together(self, product: Product, *, orders: bool, least: int, limit: int) -> list[Together]:
        return self.baskets.together(product, orders=orders, least=least, limit=limit)

    def close(self) -> None:
        self.index.close()
        self.baskets.close()

    def _embed(self, tenant: Tenant, touched: Iterable[int]) -> None:
        fit = self._fitted.get(tenant.id)
        is_anew = fit is None or tenant.mass > fit.mass * _GROWTH
        lines = self.baskets.lines(tenant.id, None if is_anew else sorted(touched))
        if not len(lines.products):
            return
        products, table = self.baskets.products(tenant.id)
        numbers = table["product"].to_numpy().astype(np.int64)
        masses = Masses(numbers, table["mass"].to_numpy().astype(np.int64))
        if fit is None or is_anew:
            fit = self._fitted[tenant.id] = _Fit(fitted(lines, masses), tenant.mass)
            self.fits += 1
        vectors = embedded(lines, masses, fit.basis)
        told = [products[place] for place in np.searchsorted(numbers, lines.products)]
        self.index.upsert([_point(tenant.id, each, vector) for each, vector in zip(told, vectors, strict=True)])
        self._embedded.setdefault(tenant.id, set()).update(lines.products.tolist())


def _point(tenant_id: str, product: Product, vector: Vector) -> Point:
    told: dict[str, Value] = {
        "tenant_id": tenant_id,
        "product_id": product.product_id,
        "sessions": product.sessions,
        "orders": product.orders,
    }
    return Point(str(product.number), vector, {**told, "baskets": product.sessions + product.orders})


def _chunks(files: Sequence[DataFile]) -> Iterator[list[DataFile]]:
    some: list[DataFile] = []
    for file in files:
        if some and sum(each.rows for each in some) + file.rows > _ROWS_AT_ONCE:
            yield some
            some = []
        some.append(file)
    if some:
        yield some
