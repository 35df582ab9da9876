"""Answers of the search indexes, of the version that they are of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from rtlakehouse.api.access import Caller
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.parameters import ReadParameters
from rtlakehouse.api.search.schemas import (
    ProductIndex,
    SimilarParameters,
    SimilarProduct,
    SimilarProducts,
    TogetherParameters,
    TogetherProduct,
    TogetherProducts,
)
from rtlakehouse.clock import isoformat
from rtlakehouse.errors import StaleError
from rtlakehouse.search.products import SILVER, Known
from rtlakehouse.search.products.embedding import DIMENSIONS

__all__ = ["answer", "product_index", "similar", "together"]

_DIGITS = 4
T = TypeVar("T", bound=BaseModel)


def answer(request: Request, parts: Parts, caller: Caller, parameters: ReadParameters, make: Callable[[Known], T]) -> Response:
    """The answer, with the version that the index is of as its origin: its ETag is that version's.

    Raises StaleError where that is older than may be.
    """
    asked = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    with parts.products.known(asked.snapshot, caller.tenant_id) as known:
        snapshot, made = known.snapshot, make(known)
    if parameters.max_staleness_ms is not None and parameters.as_of is None:
        _check(parts.catalog.behind_ms(snapshot), parameters.max_staleness_ms)
    reading = parts.answers.reading_of(snapshot, parameters)
    return parts.answers.answer(request, reading, [SILVER], lambda: made)


def similar(known: Known, product_id: str, wanted: SimilarParameters) -> SimilarProducts:
    product = known.product(product_id)
    found = known.similar(product, wanted.limit, wanted.min_baskets)
    return SimilarProducts(
        product_id=product_id,
        sessions=product.sessions,
        orders=product.orders,
        silver_version=known.silver_version,
        data=[
            SimilarProduct(
                product_id=each.product_id, score=round(each.score, _DIGITS), sessions=each.sessions, orders=each.orders
            )
            for each in found
        ],
    )


def together(known: Known, product_id: str, wanted: TogetherParameters) -> TogetherProducts:
    product = known.product(product_id)
    orders = wanted.kind == "orders"
    found = known.together(product, orders=orders, least=wanted.min_together, limit=wanted.limit)
    own = product.orders if orders else product.sessions
    data = []
    for each in found:
        of = each.orders if orders else each.sessions
        shares = {"share": round(each.together / own, _DIGITS), "share_of_other": round(each.together / of, _DIGITS)}
        data.append(TogetherProduct(product_id=each.product_id, together=each.together, of=of, **shares))
    return TogetherProducts(product_id=product_id, kind=wanted.kind, of=own, silver_version=known.silver_version, data=data)


def product_index(parts: Parts, tenant_id: str) -> ProductIndex:
    """How the index of products is, with the products of a tenant."""
    found = parts.products.progress(tenant_id)
    newest = parts.catalog.latest.versions[SILVER]
    return ProductIndex(
        backend=found.backend,
        dimensions=DIMENSIONS,
        products=found.products,
        silver_version=found.silver_version,
        behind=newest - (found.silver_version or 0),
        built_at=found.built_at and isoformat(found.built_at),
        fits=found.fits,
        building=found.rows,
        building_of=found.of,
        fault=parts.keeper.fault,
    )


def _check(behind_ms: int, most_ms: int) -> None:
    if behind_ms > most_ms:
        raise StaleError(f"The index of products is {behind_ms:,} ms behind what was acknowledged; {most_ms:,} were asked.", 1)
