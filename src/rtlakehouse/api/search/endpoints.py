"""What is like what: products by who was interested in them, stretches of time by what was in them, texts by their words."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from rtlakehouse.api.access import CallerOf
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.parameters import NoParameters
from rtlakehouse.api.search.moment_schemas import MomentParameters, Moments
from rtlakehouse.api.search.moments import KPIS, moments
from rtlakehouse.api.search.schemas import SearchStatus, SimilarParameters, SimilarProducts, TogetherParameters, TogetherProducts
from rtlakehouse.api.search.service import answer, product_index, similar, together
from rtlakehouse.api.search.text_schemas import TextParameters, TextsFound
from rtlakehouse.api.search.texts import find_texts, text_index

__all__ = ["router"]

router = APIRouter(prefix="/search", tags=["search"])

ProductId = Annotated[str, Path(description="A product.", max_length=1_000, examples=["sku-20"])]
_MOMENTARY = {"Cache-Control": "no-store"}
_ERRORS = documented(400, 404, 410, 503)


@router.get("/status", responses=documented(), summary="What the search indexes are of")
def get_search_status(parts: PartsOf, caller: CallerOf, response: Response, _: Annotated[NoParameters, Query()]) -> SearchStatus:
    """Who keeps each index, of which version it is, and how far one is that is being built. A job of kind `reindex` builds them
    from the beginning."""
    response.headers.update(_MOMENTARY)
    return SearchStatus(products=product_index(parts, caller.tenant_id), texts=text_index(parts))


@router.get(
    "",
    response_model=TextsFound,
    responses=documented(503),
    summary="Find metrics, columns, endpoints, pages and queries by words",
)
def search(request: Request, parts: PartsOf, caller: CallerOf, parameters: Annotated[TextParameters, Query()]) -> Response:
    """By words and pieces of words, of names, synonyms, descriptions and the pages of the manual; where the extra `text` is
    installed, also by what words mean. Of saved queries those of your tenant."""
    return parts.answers.control(request, find_texts(parts, caller, parameters))


@router.get("/moments", response_model=Moments, responses=_ERRORS, summary="When did it look like this before?")
def get_moments(request: Request, parts: PartsOf, parameters: Annotated[MomentParameters, Query()]) -> Response:
    """The stretches of time whose figures went most like those of the stretch that ends at `at`, part by part."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    return parts.answers.answer(request, reading, [KPIS], lambda: moments(reading, parameters))


@router.get(
    "/products/{product_id}/similar", response_model=SimilarProducts, responses=_ERRORS, summary="Products that are like one"
)
def get_similar_products(
    product_id: ProductId,
    request: Request,
    parts: PartsOf,
    caller: CallerOf,
    parameters: Annotated[SimilarParameters, Query()],
) -> Response:
    """Those that are in sessions and orders with the same other products. The index follows the tables; the answer and its
    `X-Lake-Versions` name the version that it is of. 503 while it is being built for the first time."""
    return answer(request, parts, caller, parameters, lambda known: similar(known, product_id, parameters))


@router.get(
    "/products/{product_id}/together",
    response_model=TogetherProducts,
    responses=_ERRORS,
    summary="What is bought, or looked at, with a product",
)
def get_products_together(
    product_id: ProductId,
    request: Request,
    parts: PartsOf,
    caller: CallerOf,
    parameters: Annotated[TogetherParameters, Query()],
) -> Response:
    """The products that were most often in one order with it, or in one session, as the index has counted them."""
    return answer(request, parts, caller, parameters, lambda known: together(known, product_id, parameters))
