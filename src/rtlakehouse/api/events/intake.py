"""Who takes posted events: the gateway to bronze, or the one to Kafka."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rtlakehouse.errors import NotFoundError

__all__ = ["Intake", "Place", "place_of", "receipt_of"]

_RECEIPT = re.compile(r"(?:(http)|kafka-([A-Za-z0-9._@-]{1,300}))-(0|[1-9][0-9]{0,8})-(0|[1-9][0-9]{0,17})")


@dataclass(frozen=True)
class Place:
    """Where a posted record is in bronze."""

    source: str
    topic: str
    partition: int
    position: int


class Intake(Protocol):
    """Takes posts, and answers once they are durable."""

    @property
    def waiting_events(self) -> int:
        """Events that are not acknowledged yet."""

    @property
    def broken(self) -> str:
        """Why nothing can be stored; empty while all is well."""

    async def post(self, payloads: Sequence[bytes], tenant_id: str, key: str | None = None) -> Sequence[str]:
        """Store these payloads, of one key only once; their receipts, in their order, once all are durable."""

    def owner_of(self, place: Place) -> str | None:
        """Whose record was given this place; None as far as the intake does not know."""


def receipt_of(place: Place) -> str:
    return f"{_prefix(place)}-{place.partition}-{place.position}"


def _prefix(place: Place) -> str:
    return "http" if place.source == "http" else f"kafka-{place.topic}"


def place_of(receipt: str) -> Place:
    """The place of a receipt's record. Raises NotFoundError for what is no receipt."""
    match = _RECEIPT.fullmatch(receipt)
    if match is None or (match[1] and match[3] != "0"):
        raise NotFoundError(f"There is no receipt {receipt!r}; POST /api/v1/events gives them.")
    if match[1]:
        return Place("http", "events", 0, int(match[4]))
    return Place("kafka", match[2], int(match[3]), int(match[4]))
