"""What the live feed tells of a snapshot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rtlakehouse.api.formats import rows_of
from rtlakehouse.api.live import queries
from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.snapshot import Range

__all__ = ["figures"]

_SPAN = timedelta(minutes=60)


def figures(snapshot: Snapshot, tenant_id: str, watermark: datetime, delay: timedelta) -> dict[str, Any]:
    """A tenant's hour up to its newest minute: minutes, money and products; its ledger, and what it has in quarantine.

    delay: of the watermark; what was received that long after a minute's end, or later, has corrected it.
    """
    newest = snapshot.newest_window(tenant_id) or datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in the queries
    start = newest - _SPAN + timedelta(minutes=1)
    tenant = {"tenant": tenant_id}
    since = {**tenant, "start": start}
    states = {
        **since,
        "watermark": watermark.astimezone(UTC).replace(tzinfo=None),
        "delay_ms": delay // timedelta(milliseconds=1),
    }
    recent = Range("window_start", start.replace(tzinfo=UTC), None)
    late = snapshot.late_events(Range("event_time", start.replace(tzinfo=UTC), None))
    return {
        "windows": rows_of(snapshot.query(queries.WINDOWS, states, kpis=("gold.kpis_1m", recent), late=late)),
        "revenue": rows_of(snapshot.query(queries.REVENUE, since, revenue=("gold.revenue_1m", recent))),
        "products": rows_of(snapshot.query(queries.PRODUCTS, since, products=("gold.products_1m", recent))),
        "ledger": rows_of(snapshot.query(queries.LEDGER, tenant, sums=snapshot.ledger_sums))[0],
        "reasons": rows_of(snapshot.query(queries.REASONS, tenant, sums=snapshot.reason_sums)),
    }
