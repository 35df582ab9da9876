"""What is together is counted as plain Python counts it, whatever the batches; and products of one company have like vectors."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from rtlakehouse.search.index import Vector
from rtlakehouse.search.products.baskets import BasketBounds, Baskets
from rtlakehouse.search.products.embedding import Masses, embedded, fitted

Member = tuple[str, bool, int, str]
BOUNDS = BasketBounds(members=10_000, pairs=10_000, memory_mb=64)


@pytest.fixture
def baskets(tmp_path: Path) -> Iterator[Baskets]:
    with closing(Baskets(BOUNDS, tmp_path)) as made:
        yield made


def incoming(members: list[Member]) -> pa.Table:
    names = ("tenant_id", "is_order", "basket", "product_id")
    schema = pa.schema(
        [("tenant_id", pa.string()), ("is_order", pa.bool_()), ("basket", pa.uint64()), ("product_id", pa.string())]
    )
    return pa.table({name: [each[i] for each in members] for i, name in enumerate(names)}, schema)


def shop(seed: int, count: int) -> list[Member]:
    """Products in baskets of two tenants, whose numbers do not overlap; tenants have products of the same names."""
    draw = random.Random(seed)
    members = []
    for _ in range(count):
        tenant, basket = draw.choice(["ours", "theirs"]), draw.randrange(30)
        number = basket + (1_000 if tenant == "ours" else 2_000)
        members.append((tenant, basket % 2 == 0, number, f"p{min(draw.randrange(12), draw.randrange(12))}"))
    return members


def counted(members: list[Member], tenant: str, *, orders: bool) -> Counter[tuple[str, str]]:
    """In how many baskets each two products were."""
    held: dict[int, set[str]] = {}
    for owner, is_order, basket, product in members:
        if owner == tenant and is_order == orders:
            held.setdefault(basket, set()).add(product)
    return Counter(pair for products in held.values() for pair in combinations(sorted(products), 2))


@pytest.mark.parametrize("size", [1_000, 90])
def test_pairs_are_those_of_all_baskets_however_they_come_in(baskets: Baskets, size: int) -> None:
    members = shop(size, 400)
    for first in range(0, len(members), size):
        batch = members[first : first + size]
        baskets.add(incoming(sorted(set(batch), key=str)))
    for tenant, orders in ((tenant, orders) for tenant in ("ours", "theirs") for orders in (True, False)):
        expected = counted(members, tenant, orders=orders)
        for name in {product for pair in expected for product in pair}:
            product = baskets.product(tenant, name)
            assert product is not None
            found = baskets.together(product, orders=orders, least=1, limit=100)
            assert {each.product_id: each.together for each in found} == {
                (b if a == name else a): n for (a, b), n in expected.items() if name in (a, b)
            }
            assert [each.together for each in found] == sorted((each.together for each in found), reverse=True)


def test_a_batch_says_whose_products_it_changed_and_the_same_again_changes_none(baskets: Baskets) -> None:
    assert baskets.add(incoming([("a", True, 1, "x"), ("a", True, 1, "y"), ("b", True, 2, "x")])).keys() == {"a", "b"}
    assert baskets.add(incoming([("a", True, 1, "x")])) == {}
    x, z = baskets.product("a", "x"), baskets.product("a", "z")
    assert z is None
    assert x is not None
    assert (x.sessions, x.orders) == (0, 1)


def test_a_basket_without_end_makes_no_pairs_without_end(baskets: Baskets) -> None:
    for batch in range(3):
        baskets.add(incoming([("a", False, 1, f"p{batch}-{i}") for i in range(60)]))
    (tenant,) = baskets.tenants()
    assert tenant.mass == 100 * 99


def test_the_oldest_baskets_are_forgotten_and_what_they_had_counted_stays(tmp_path: Path) -> None:
    with closing(Baskets(BasketBounds(members=10, pairs=10_000, memory_mb=64), tmp_path)) as small:
        for number in range(10):
            small.add(incoming([("a", True, number, "x"), ("a", True, number, "y")]))
        x = small.product("a", "x")
        assert x is not None
        assert small.together(x, orders=True, least=1, limit=1)[0].together == x.orders == 10
        assert small.add(incoming([("a", True, 9, "x")])) == {}
        assert small.add(incoming([("a", True, 0, "x")])).keys() == {"a"}


def test_products_of_one_company_are_alike_and_a_new_one_finds_its_place(baskets: Baskets) -> None:
    draw = random.Random(1)
    tea, tools = [f"tea{i}" for i in range(8)], [f"tool{i}" for i in range(8)]
    companies = [draw.sample(tea if number % 2 else tools, 4) for number in range(300)]
    baskets.add(incoming([("a", True, number, name) for number, names in enumerate(companies) for name in names]))
    lines, masses = baskets.lines("a"), masses_of(baskets)
    basis = fitted(lines, masses)
    vectors = embedded(lines, masses, basis)
    names = [product.product_id for product in baskets.products("a")[0]]
    assert nearest(vectors, names, "tea0", 7) == {*tea} - {"tea0"}
    assert nearest(vectors, names, "tool3", 7) == {*tools} - {"tool3"}
    baskets.add(incoming([("a", True, 1_000 + i, name) for i in range(5) for name in ("new", *draw.sample(tea, 3))]))
    new = baskets.product("a", "new")
    assert new is not None
    (vector,) = embedded(baskets.lines("a", [new.number]), masses_of(baskets), basis)
    likeness = normal(vectors) @ normal(vector[None])[0]
    assert {names[i] for i in np.argsort(-likeness)[:8]} == {*tea}


def test_the_same_counts_give_the_same_vectors(baskets: Baskets) -> None:
    baskets.add(incoming(sorted(set(shop(5, 300)), key=str)))
    lines, masses = baskets.lines("ours"), masses_of(baskets, "ours")
    first, second = (embedded(lines, masses, fitted(lines, masses)) for _ in range(2))
    assert np.array_equal(first, second)
    some = lines.products[2:5].tolist()
    assert embedded(baskets.lines("ours", some), masses, fitted(lines, masses)) == pytest.approx(first[2:5], abs=1e-5)


def masses_of(baskets: Baskets, tenant: str = "a") -> Masses:
    _, table = baskets.products(tenant)
    return Masses(table["product"].to_numpy().astype(np.int64), table["mass"].to_numpy().astype(np.int64))


def normal(vectors: Vector) -> Vector:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def nearest(vectors: Vector, names: list[str], of: str, count: int) -> set[str]:
    likeness = normal(vectors) @ normal(vectors)[names.index(of)]
    likeness[names.index(of)] = -2
    return {names[i] for i in np.argsort(-likeness)[:count]}
