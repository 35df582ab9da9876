"""What is asked in words, and what is found."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from rtlakehouse.api.examples import example
from rtlakehouse.search.text import Kind

__all__ = ["TextFound", "TextParameters", "TextsFound"]

_FOUND = {
    "kind": "metric",
    "name": "average_order_value",
    "title": "Average order value",
    "description": "gross / orders.",
    "link": "/api/v1/metrics-catalog/average_order_value",
    "score": 0.5312,
}


class TextParameters(BaseModel):
    """The words, and what is looked for."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(min_length=1, max_length=500, description="Words, in any form.", examples=["revenue per order"])
    kind: Kind | None = Field(None, description="Only of this kind; default: of all.", examples=["metric"])
    limit: int = Field(10, ge=1, le=100, description="Texts at most.")


class TextFound(BaseModel):
    """Something that is called so, or is about that."""

    model_config = example(**_FOUND)

    kind: Kind
    name: str
    title: str
    description: str
    link: str = Field(description="Where it is.")
    score: float = Field(description="The cosine of the angle to the words: 1 is the same in all.")


class TextsFound(BaseModel):
    """What fits the words, the best first; nothing where no word, or piece of one, is known."""

    q: str = Field(examples=["revenue per order"])
    data: list[TextFound]
