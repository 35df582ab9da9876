"""Which of the rows that were appended a client of the live events is told, and what it is told of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from rtlakehouse.api.events.schemas import EventType
from rtlakehouse.api.formats import plain
from rtlakehouse.api.live.places import EVENTS, QUARANTINE
from rtlakehouse.medallion.graph import TABLES

__all__ = ["COLUMNS", "KINDS", "LiveParameters", "document", "matching"]

# The name of the event that tells of a row.
KINDS = {EVENTS: "accepted", QUARANTINE: "quarantined"}
# What a row is in its file: what a table is partitioned by is in its path.
COLUMNS = {table: tuple(name for name in TABLES[table].column_names if name not in TABLES[table].partition_by) for table in KINDS}
_PREVIEW = 1_000


class LiveParameters(BaseModel):
    """Only events that are as is asked."""

    model_config = ConfigDict(extra="forbid")

    event_type: EventType | None = Field(None, description="What the shopper did.", examples=["purchase"])
    user_id: str | None = Field(None, description="Who did it.", examples=["user-1041"])
    product_id: str | None = Field(None, description="With which product.", examples=["sku-20"])
    quarantine: bool = Field(
        True, description="Also records that were rejected; of an event type, a user or a product none of them can be told."
    )
    sample: int = Field(1, ge=1, le=1_000_000, description="One in so many, by position in its partition; 1: all.")

    @property
    def wanted(self) -> Mapping[str, Any]:
        """The values of the columns that are asked for."""
        kind = self.event_type.value if self.event_type else None
        asked = {"event_type": kind, "user_id": self.user_id, "product_id": self.product_id}
        return {name: value for name, value in asked.items() if value is not None}

    @property
    def tables(self) -> tuple[str, ...]:
        return (EVENTS, QUARANTINE) if self.quarantine and not self.wanted else (EVENTS,)


def matching(rows: pa.Table, tenant_id: str, parameters: LiveParameters) -> np.ndarray[Any, Any]:
    """Which rows are told, by their numbers."""
    chosen = pc.equal(rows["tenant_id"], tenant_id)
    for name, value in parameters.wanted.items():
        chosen = pc.and_(chosen, pc.equal(rows[name], value))
    if parameters.sample > 1:
        chosen = pc.and_(chosen, pa.array(rows["position"].to_numpy() % parameters.sample == 0))
    return np.flatnonzero(chosen.fill_null(False).to_numpy())


def document(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it is told: an event as `GET /events` has it, a rejected record as `GET /quarantine` has it before any repair."""
    if table == EVENTS:
        whole = {name: row.get(name) for name in TABLES[table].column_names}
        return {name: plain(value) for name, value in whole.items()} | {
            "event_date": row["event_time"].astimezone(UTC).date().isoformat()
        }
    told = {name: plain(value) for name, value in row.items() if name != "tenant_id"}
    place = f"{row['source']}-{row['partition']}-{row['position']}-{row['topic']}"
    return {"id": place, **told, "raw": told["raw"][:_PREVIEW], "raw_bytes": len(row["raw"])}
