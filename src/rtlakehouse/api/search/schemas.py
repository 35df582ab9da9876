"""What the search resource takes and answers with. Scores and shares are numbers here, not exact text."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import ReadParameters

__all__ = [
    "ProductIndex",
    "SearchStatus",
    "SimilarParameters",
    "SimilarProduct",
    "SimilarProducts",
    "TextIndex",
    "TogetherParameters",
    "TogetherProduct",
    "TogetherProducts",
]

Baskets = Literal["orders", "sessions"]


class SimilarParameters(ReadParameters):
    """How many, and of which."""

    limit: int = Field(10, ge=1, le=100, description="Products at most.")
    min_baskets: int = Field(
        2, ge=1, description="Only products in at least so many sessions and orders: of few, little is known.", examples=[5]
    )


class TogetherParameters(ReadParameters):
    """In what, how many, and how often."""

    kind: Baskets = Field("orders", description="What both were in.")
    limit: int = Field(10, ge=1, le=100, description="Products at most.")
    min_together: int = Field(2, ge=1, description="Only products that were in at least so many with this one.", examples=[5])


class SimilarProduct(BaseModel):
    """A product that goes with the same others."""

    model_config = example(product_id="sku-31", score=0.87, sessions=412, orders=57)

    product_id: str
    score: float = Field(description="The cosine of the angle between both vectors: 1 is alike in all, 0 in nothing.")
    sessions: int = Field(description="Sessions that it was in.")
    orders: int = Field(description="Orders that it was in.")


class SimilarProducts(BaseModel):
    """The products most like one, the most alike first; none while it was with no other in a session or order."""

    product_id: str = Field(examples=["sku-20"])
    sessions: int = Field(description="Sessions that the product was in.", examples=[640])
    orders: int = Field(description="Orders that it was in.", examples=[88])
    silver_version: int = Field(description="The version of silver.events that the index is of.", examples=[87])
    data: list[SimilarProduct]


class TogetherProduct(BaseModel):
    """A product that was with the other one."""

    model_config = example(product_id="sku-31", together=21, share=0.2386, of=57, share_of_other=0.3684)

    product_id: str
    together: int = Field(description="In how many both were.")
    share: float = Field(description="That, of all that the product asked about was in.")
    of: int = Field(description="In how many this product was.")
    share_of_other: float = Field(description="That, of all that this product was in.")


class TogetherProducts(BaseModel):
    """What was with a product, most often first."""

    product_id: str = Field(examples=["sku-20"])
    kind: Baskets = Field(description="What both were in.")
    of: int = Field(description="In how many the product was.", examples=[88])
    silver_version: int = Field(description="The version of silver.events that the index is of.", examples=[87])
    data: list[TogetherProduct]


class ProductIndex(BaseModel):
    """The index of products: who keeps it, what it is of, and how far it is."""

    backend: str | None = Field(description="Who keeps it; null until it is built.", examples=["qdrant-edge in products-0"])
    dimensions: int = Field(description="Of each vector.", examples=[64])
    products: int = Field(description="Products of your tenant that have a vector.", examples=[1204])
    silver_version: int | None = Field(description="The version of silver.events that it is of; null until it is built.")
    behind: int = Field(description="Versions of silver.events that are missing.", examples=[0])
    built_at: str | None = Field(description="When it was last built from the beginning.", examples=["2026-11-24T10:31:00Z"])
    fits: int = Field(description="How often vectors of a tenant were learned anew since then.", examples=[3])
    building: int = Field(description="Events that are behind, of one that is being built.", examples=[401604])
    building_of: int = Field(description="Events of one that is being built.", examples=[401604])
    fault: str = Field(description="Why it does not follow; empty where it does.", examples=[""])


class TextIndex(BaseModel):
    """The index of texts: who keeps it, and by what its vectors were made. It is built when it is first asked."""

    model_config = example(embedder="words", backend="memory", dimensions=4_096, texts=604)

    embedder: str = Field(description="`words`: words and pieces of words; `and` the name of the model, where that is installed.")
    backend: str
    dimensions: int
    texts: int = Field(description="Texts of this release; the saved queries of each tenant are beside them.")


class SearchStatus(BaseModel):
    """Every index that is searched."""

    products: ProductIndex
    texts: TextIndex | None = Field(description="Null until something was searched.")
