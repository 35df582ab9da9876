"""What could be asked: first, and after an answer."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import timedelta

from rtlakehouse.assistant.lexicon import Values, words
from rtlakehouse.assistant.reader import read
from rtlakehouse.assistant.understanding import Moment, Understood, understand
from rtlakehouse.semantic.catalogue import Catalogue

__all__ = ["follow_ups", "general", "possible"]

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


def possible(values: Values, moment: Moment, catalogue: Catalogue) -> Iterator[tuple[str, Understood]]:
    """Questions that the data answers, each with what it means; none while nothing has happened."""
    if moment.newest is None:
        return
    day = (moment.newest - timedelta(minutes=1)).date().isoformat()
    known = {"day": day, **{name: found[0] for name, found in values.items() if found}}
    for template in words()["suggested"]:
        if any(name and name not in known for _, name, _, _ in string.Formatter().parse(template)):
            continue
        text = template.format(**known)
        meant = understand(read(text, values, moment.now), values, moment, catalogue)
        if isinstance(meant, Understood) and meant.is_certain:
            yield text, meant


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
