"""What the live feed tells of a snapshot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from rtlakehouse.api.formats import rows_of
from rtlakehouse.api.live import queries
from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.contract.statement import Statement, connected

__all__ = ["LiveFigures"]

_SPAN = timedelta(minutes=60)
_NO_WINDOW = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in the queries
_TIME = pa.timestamp("us")
_ASKED = pa.schema({"tenant": pa.string(), "start": _TIME, "watermark": _TIME})


class LiveFigures:
    """A tenant's hour up to its newest minute: minutes, money and products; its ledger, and what it has in quarantine.

    They are asked for after each batch, so DuckDB plans their statements once. Used by one thread at a time.
    delay: of the watermark; what was received that long after a minute's end, or later, has corrected it.
    """

    def __init__(self, delay: timedelta) -> None:
        database = connected()
        self._windows = Statement(database, queries.WINDOWS, delay_ms=delay // timedelta(milliseconds=1))
        self._revenue = Statement(database, queries.REVENUE)
        self._products = Statement(database, queries.PRODUCTS)
        self._ledger = Statement(database, queries.LEDGER)
        self._reasons = Statement(database, queries.REASONS)

    def of(self, snapshot: Snapshot, tenant_id: str, watermark: datetime) -> dict[str, Any]:
        """Raises VersionGoneError where files of the snapshot were vacuumed."""
        newest = snapshot.newest_window(tenant_id) or _NO_WINDOW
        start = newest - _SPAN + timedelta(minutes=1)
        bounds = {"tenant": tenant_id, "start": start, "watermark": watermark.astimezone(UTC).replace(tzinfo=None)}
        asked = pa.Table.from_pylist([bounds], _ASKED)
        recent = Range("window_start", start.replace(tzinfo=UTC), None)
        late = snapshot.late_events(Range("event_time", start.replace(tzinfo=UTC), None))
        return {
            "windows": rows_of(self._windows(asked=asked, kpis=snapshot.windows("gold.kpis_1m", recent), late=late)),
            "revenue": rows_of(self._revenue(asked=asked, revenue=snapshot.windows("gold.revenue_1m", recent))),
            "products": rows_of(self._products(asked=asked, products=snapshot.windows("gold.products_1m", recent))),
            "ledger": rows_of(self._ledger(asked=asked, sums=snapshot.ledger_sums))[0],
            "reasons": rows_of(self._reasons(asked=asked, sums=snapshot.reason_sums)),
        }
