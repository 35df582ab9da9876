"""Examples in the description of the interface: what a model or a posted body looks like."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

__all__ = ["EVENT", "example"]

EVENT: dict[str, Any] = {
    "event_id": "7f9c2ba4",
    "event_type": "purchase",
    "user_id": "user-1041",
    "product_id": "sku-20",
    "price": 19.99,
    "quantity": 2,
    "currency": "EUR",
    "ts": "2026-11-24T10:30:12.250Z",
    "order_id": "order-77",
    "session_id": "session-9",
    "country": "DE",
    "device": "mobile",
    "campaign": "black-friday",
    "referrer": "https://search.example/",
    "ua": "Mozilla/5.0",
}


def example(**values: Any) -> ConfigDict:
    """The configuration of a model that looks like this."""
    return ConfigDict(json_schema_extra={"examples": [values]})
