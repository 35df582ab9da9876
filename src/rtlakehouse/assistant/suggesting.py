"""What could be asked: first, and after an answer."""

from __future__ import annotations

from collections.abc import Iterator

from rtlakehouse.assistant.understanding import Understood
from rtlakehouse.semantic.catalogue import Catalogue

__all__ = ["follow_ups", "general"]

_GENERAL = (
    "orders today compared to yesterday",
    "revenue by country in the last hour",
    "conversion rate per hour yesterday",
    "top 5 products by units this week",
)
_OFFERED = ("country", "device", "campaign")
_MOST = 4


def general() -> tuple[str, ...]:
    """Questions that show what can be asked."""
    return _GENERAL


def follow_ups(understood: Understood, catalogue: Catalogue) -> Iterator[str]:
    """Words that change one thing of an answered question; each is understood with the answer's context."""
    question = understood.question
    allowed = set.intersection(*(set(catalogue.metric(name).dimensions) for name in question.metrics))
    used = question.used_dimensions
    found = [f"by {name}?" for name in _OFFERED if name in allowed and name not in used and question.limit is None][:2]
    if question.limit is None and question.grain == "all":
        found.append("per hour?")
    if understood.versus is None:
        found.append("compared to the previous period?")
    yield from found[:_MOST]
