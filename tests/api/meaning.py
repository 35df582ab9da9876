"""What the KPI endpoints must answer, by the oracle: of a range, a step or a minute alike, for a step is a longer minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import oracle
from api.serving import rfc3339

Event = dict[str, Any]
TENANT = "default"
MINUTE = timedelta(minutes=1)
# `all` is as long as the range, and begins where it does.
STEPS: dict[str, timedelta | None] = {
    "1m": MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "1h": 60 * MINUTE,
    "1d": 24 * 60 * MINUTE,
    "all": None,
}
POINT: tuple[str, ...] = (
    "events",
    "page_views",
    "add_to_carts",
    "purchases",
    "refunds",
    "units",
    "active_users",
    "viewing_users",
)
POINT += ("purchasing_users", "conversion_rate", "late_events")


def events_of(expected: oracle.Expected, tenant: str = TENANT) -> list[Event]:
    """The accepted events of a tenant."""
    return [event | {"tenant_id": tenant} for place, event in expected.silver.items() if place[0] == tenant]


def within(events: list[Event], start: datetime, end: datetime) -> list[Event]:
    first, last = oracle.microseconds(start), oracle.microseconds(end)
    return [event for event in events if first <= event["event_us"] < last]


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Values as JSON has them."""
    return {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in row.items()}


def grouped(events: list[Event], table: str, start_of: Callable[[int], int]) -> dict[oracle.Key, dict[str, Any]]:
    """A gold table of these events, were its windows to start where `start_of` says; by its key without the tenant."""
    moved = [event | {"event_us": start_of(event["event_us"])} for event in events]
    return {key[1:]: plain(row) for key, row in oracle.gold(moved)[table].items()}


def whole(events: list[Event], table: str) -> dict[oracle.Key, dict[str, Any]]:
    """A gold table, were the whole range one window; by its key without tenant and window."""
    return {key[1:]: row for key, row in grouped(events, table, lambda _: 0).items()}


def series(events: list[Event], start: datetime, end: datetime, step: str, watermark: datetime, *, fill: bool) -> list[Any]:
    """The points of /kpis/series."""
    first = oracle.microseconds(start)
    length = (STEPS[step] or end - start) // timedelta(microseconds=1)
    offset = 0 if STEPS[step] else first
    counted = grouped(within(events, start, end), "gold.kpis_1m", lambda us: us - (us - offset) % length)
    nothing = dict.fromkeys(POINT, 0) | {"conversion_rate": None}
    starts = (
        range(first - (first - offset) % length, oracle.microseconds(end), length) if fill else sorted(key[0] for key in counted)
    )
    return [
        {"step_start": rfc3339(at), "step_end": rfc3339(at + length), "state": state(at + length, watermark)}
        | {name: counted.get((at,), nothing)[name] for name in POINT}
        for at in starts
    ]


def state(end_us: int, watermark: datetime) -> str:
    return "final" if end_us <= oracle.microseconds(watermark) else "open"


def revenue(events: list[Event]) -> dict[str, dict[str, Any]]:
    """Money by currency."""
    return {currency: {"currency": currency} | row for (currency,), row in whole(events, "gold.revenue_1m").items()}


def products(events: list[Event], by: str) -> list[dict[str, Any]]:
    """Every product, ranked."""
    found = [
        {"product_id": product, "currency": currency} | row
        for (product, currency), row in whole(events, "gold.products_1m").items()
    ]
    return sorted(found, key=lambda row: (-Decimal(row[by]), row["product_id"], row["currency"]))


def segments(events: list[Event], dimension: str) -> list[dict[str, Any]]:
    """Every value of a dimension, those with the most events first."""
    found = [{"value": value} | row for (of, value), row in whole(events, "gold.segments_1m").items() if of == dimension]
    return sorted(found, key=lambda row: (-row["events"], row["value"]))


def windows(events: list[Event], watermark: datetime) -> list[dict[str, Any]]:
    """Every minute that has events, newest first."""
    minute = MINUTE // timedelta(microseconds=1)
    counted = grouped(events, "gold.kpis_1m", lambda us: us - us % minute)
    return [
        {"window_start": rfc3339(at), "window_end": rfc3339(at + minute), "state": state(at + minute, watermark)} | row
        for (at,), row in sorted(counted.items(), reverse=True)
    ]


def balance(expected: oracle.Expected, tenant: str = TENANT) -> dict[tuple[str, str, int], dict[str, int]]:
    """What the ledger must say of each source partition of a tenant."""
    found: dict[tuple[str, str, int], dict[str, int]] = {}
    parts = {"accepted": expected.silver, "duplicates": expected.duplicates, "quarantined": expected.quarantine}
    for name, rows in parts.items():
        for owner, source, topic, partition, _ in rows:
            if owner == tenant:
                counts = found.setdefault((source, topic, partition), dict.fromkeys(("received", *parts), 0))
                counts[name] += 1
                counts["received"] += 1
    return found


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
