"""Lakes that were refined by other rules than those of today, and what a backfill makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import oracle
from rtlakehouse.contract.refine import Limits
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.mending import Backfill, Rules, Span
from rtlakehouse.simulate.dirt import Dirt, Records
from rtlakehouse.simulate.model import ShopModel, Shoppers
from rtlakehouse.storage.lake import Lake
from running import OPTIONS, append, drain, engine_on
from shapes import as_json

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = Span(NOON - timedelta(hours=12), NOON + timedelta(hours=12))
RULES = Rules(Limits(), OPTIONS.dedupe_window)
# By these, what comes more than a second late is rejected, and half a second is late.
STRICT = Limits(watermark=timedelta(milliseconds=500), late=timedelta(seconds=1))
DIRT = Dirt(malformed=0.04, duplicates=0.05, late=0.2, out_of_order=0.05, late_by_s=3_000)


def shop(count: int, seed: int = 7) -> list[oracle.Record]:
    """Records of a small shop, a second apart, up to noon."""
    records = Records(Shoppers(ShopModel(products=10, users=20), seed, visitors=10), DIRT, seed)
    moments = [NOON - timedelta(seconds=count - i) for i in range(count)]
    return [oracle.Record(records.next(round(at.timestamp() * 1000)), i, at, at) for i, at in enumerate(moments)]


def event(number: int, at: datetime, *, event_id: str = "", received: datetime | None = None, **more: Any) -> oracle.Record:
    """A purchase that happened then."""
    fields = {
        "event_id": event_id or f"event-{number}",
        "event_type": "purchase",
        "user_id": "ada",
        "product_id": "lamp",
        "price": 10,
        "quantity": 1,
        "currency": "EUR",
        "ts": round(at.timestamp() * 1000),
    }
    received = received or at
    return oracle.Record(as_json(**fields | more), number, received, received + timedelta(seconds=number))


def refined(path: Path, commits: Sequence[Sequence[oracle.Record]], limits: Limits) -> Lake:
    """A lake of these commits of bronze, each refined by itself, by these rules."""
    lake = Lake.create(path)
    engine = engine_on(lake, limits=limits)
    for records in commits:
        append(lake, records)
        drain(engine)
    engine.close()
    return lake


def backfilled(lake: Lake, span: Span = DAY, rules: Rules = RULES, *, dry_run: bool = False) -> list[dict[str, Any]]:
    """What a backfill says it did."""
    acts = Backfill(lake, rules, span, tenant_id=DEFAULT_TENANT, dry_run=dry_run).acts()
    return [row for act in acts for row in act()]


def parts(records: Sequence[oracle.Record], size: int) -> list[Sequence[oracle.Record]]:
    return [records[first : first + size] for first in range(0, len(records), size)]
