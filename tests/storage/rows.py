"""Rows that say which they are, and what of them is in a lake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

import oracle
from rtlakehouse.medallion.gold import KPIS_1M
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import Commit
from shapes import bronze_rows

BRONZE, KPIS = "bronze.events", "gold.kpis_1m"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def numbered(*positions: int) -> pa.Table:
    """Rows of bronze at these positions."""
    return bronze_rows([oracle.Record(b"record %d" % position, position, None, NOON) for position in positions])


def positions(lake: Lake, version: int | None = None) -> list[int]:
    """Where the records of bronze are, those stored twice twice."""
    found: list[int] = lake.read(BRONZE, version)["position"].to_pylist()
    return sorted(found)


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def windows(events: Mapping[int, int]) -> pa.Table:
    """Rows of gold.kpis_1m: minute after noon -> its events."""
    rows = [_window(number, count) for number, count in events.items()]
    return KPIS_1M.conform(pa.Table.from_pylist(rows, KPIS_1M.schema))


def _window(number: int, events: int) -> dict[str, Any]:
    zeros = dict.fromkeys(KPIS_1M.column_names, 0) | {"conversion_rate": None}
    return zeros | {
        "tenant_id": "default",
        "window_start": minute(number),
        "window_end": minute(number + 1),
        "events": events,
    }


def counts(lake: Lake, version: int | None = None) -> dict[int, int]:
    """Minute after noon -> its events, of gold.kpis_1m."""
    rows = lake.read(KPIS, version).select(["window_start", "events"]).to_pylist()
    found = {(row["window_start"] - NOON) // timedelta(minutes=1): row["events"] for row in rows}
    assert len(found) == len(rows), "a window is there twice"
    return found


def append(lake: Lake, *numbers: int) -> Commit:
    """Commit records at these positions to bronze, sealed, by an application of their own."""
    writer = lake.writer(BRONZE)
    commit = writer.append(numbered(*numbers), f"appender {numbers}", 0, {})
    writer.seal(commit)
    return commit
