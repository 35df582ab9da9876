"""How a window came to its value: its revisions, and what each figure is made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.api.events.intake import Place
from rtlakehouse.api.events.service import expired_at, let_go
from rtlakehouse.api.formats import rows_of
from rtlakehouse.api.paging import Page
from rtlakehouse.api.windows import queries
from rtlakehouse.api.windows.schemas import Formula
from rtlakehouse.catalog import Catalog, Snapshot
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.lineage.formulas import formula
from rtlakehouse.medallion.gold import KPIS_1M

__all__ = ["EXPLAINED", "REVISED", "contributions", "formulas", "revisions"]

REVISED = ["gold.kpis_1m", "ops.ledger", "silver.events"]
EXPLAINED = ["bronze.events", "gold.kpis_1m", "silver.events"]
_LEDGER = "ops.ledger"
_MINUTE = timedelta(minutes=1)


def revisions(catalog: Catalog, page: Page, start: datetime, delay: timedelta) -> list[dict[str, Any]]:
    """The window's values in order of time, one more than the page holds. delay: of the watermark."""
    page.reading.snapshot.require_kept("silver.events", page.reading.tenant_id, start)
    bound = {**_window(page, start), "final_at": start + _MINUTE + delay, **page.bounds}
    found = page.reading.snapshot.query(queries.REVISIONS, bound, ledger="ops.ledger", events=("silver.events", _happened(start)))
    return [{**row, "values": _values(catalog, page, row["version"], start)} for row in rows_of(found)]


def _values(catalog: Catalog, page: Page, version: int, start: datetime) -> dict[str, Any] | None:
    rows = catalog.rows_written(KPIS_1M, version, Range("window_start", _utc(start), _utc(start)))
    if rows is None:
        return None
    bound = {"tenant": page.reading.tenant_id, "start": start}
    return next(iter(rows_of(page.reading.snapshot.query(queries.VALUES, bound, kpis=rows))), None)


def formulas(values: dict[str, Any]) -> list[Formula]:
    """Each figure of a window's row with its meaning and its formula."""
    return [
        Formula(measure=column.name, value=values[column.name], meaning=column.doc, formula=formula(KPIS_1M.name, column.name))
        for column in KPIS_1M.columns
        if column.name in values and column.name not in ("window_start", "window_end")
    ]


def contributions(page: Page, start: datetime) -> list[dict[str, Any]]:
    """The window's events with the records they were read from, one more than the page holds."""
    snapshot = page.reading.snapshot
    snapshot.require_kept("silver.events", page.reading.tenant_id, start)
    events = snapshot.query(queries.EVENTS, _window(page, start) | page.bounds, events=("silver.events", _happened(start)))
    return [_explained(snapshot, page.reading.tenant_id, row) for row in rows_of(_with_raw(snapshot, events))]


def _explained(snapshot: Snapshot, tenant_id: str, row: dict[str, Any]) -> dict[str, Any]:
    """With why the bytes are not there, where the ledger says so. Versions that leave the ledger out do not tell."""
    if row["raw"] is not None or _LEDGER not in snapshot.versions:
        return row
    at = expired_at(snapshot, tenant_id, Place(row["source"], row["topic"], row["partition"], row["position"]))
    return row if at is None else {**row, "raw_expired": f"{let_go(at)[0].upper()}{let_go(at)[1:]}"}


def _with_raw(snapshot: Snapshot, events: pa.Table) -> pa.Table:
    places = pc.min_max(events["position"]).as_py()
    only = Range("position", places["min"], places["max"])
    return snapshot.query(queries.RAW, page=events, bronze=("bronze.events", only))


def _window(page: Page, start: datetime) -> dict[str, Any]:
    return {"tenant": page.reading.tenant_id, "start": start, "end": start + _MINUTE}


def _happened(start: datetime) -> Range:
    return Range("event_time", _utc(start), _utc(start + _MINUTE))


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)
