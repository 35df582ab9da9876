"""What the events resource answers with."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, create_model

from rtlakehouse.api.examples import EVENT, example
from rtlakehouse.api.parameters import NEXT_CURSOR, Paged, RangeParameters
from rtlakehouse.contract.contract import load
from rtlakehouse.medallion.bronze import COORDINATES
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.medallion.table import Column

__all__ = [
    "STORED",
    "Accepted",
    "DryRun",
    "Event",
    "EventList",
    "EventParameters",
    "Fate",
    "Offset",
    "Posted",
    "Receipt",
    "ReceiptParameters",
    "Validated",
    "Validation",
]


_TYPES = load().field("event_type").values
EventType = Enum("EventType", {name.upper(): name for name in _TYPES})  # type: ignore[misc]
EventType.__doc__ = "What a shopper may do."


class Posted(BaseModel):
    """All of the post is durable. `receipts`, one an event in the order of the post, tell its fate later."""

    received: int = Field(examples=[1])
    receipts: list[str] = Field(examples=[["http-0-1204"]])


Fate = Literal["pending", "accepted", "duplicate", "quarantined"]


_DECIDED: dict[str, Any] = {
    "fate": "accepted",
    "event_id": "7f9c2ba4",
    "window": "2026-11-24T10:30:00Z",
    "late": False,
    "reasons": [],
    "versions": {"bronze.events": 44, "silver.events": 41, "gold.kpis_1m": 41},
}


class Repaired(BaseModel):
    """What became of a record in quarantine that was repaired."""

    model_config = example(id="3f9a51c07be2", fate="accepted", event_id="7f9c2ba4", window="2026-11-24T10:30:00Z", late=False)

    id: str = Field(description="The repair that took it last.")
    fate: Fate
    event_id: str | None = None
    window: str | None = None
    late: bool | None = None
    reasons: list[str] = Field(default_factory=list, examples=[[]])
    duplicate_of: str | None = None


class Decision(BaseModel):
    """What became of a record."""

    fate: Fate = Field(description="pending: stored in bronze, not refined yet.")
    event_id: str | None = None
    window: str | None = Field(None, description="Start of the minute it counts in.")
    late: bool | None = None
    reasons: list[str] = Field(default_factory=list, description="Why it is in quarantine: every rule it breaks.")
    duplicate_of: str | None = Field(None, description="Coordinates of the event that was kept.")
    versions: dict[str, int] = Field(default_factory=dict, description="Table versions after the batch that decided.")
    repair: Repaired | None = Field(None, description="What became of it since, where it was in quarantine and was repaired.")


class Receipt(Decision):
    """What became of one posted record."""

    model_config = example(id="http-0-1204", position=1_204, **_DECIDED)

    id: str
    position: int


class Offset(Decision):
    """One record by its coordinates: what was received, and what became of it."""

    model_config = example(
        source="http",
        topic="events",
        partition=0,
        position=1_204,
        received_at="2026-11-24T10:30:12.300000Z",
        ingested_at="2026-11-24T10:30:12.310000Z",
        raw=json.dumps(EVENT),
        **_DECIDED,
    )

    source: str
    topic: str
    partition: int
    position: int
    received_at: str | None
    ingested_at: str
    raw: str = Field(description="The bytes received; hexadecimal where not UTF-8.")


class ReceiptParameters(BaseModel):
    """How long to wait for the fate."""

    model_config = ConfigDict(extra="forbid")

    wait: Literal["gold"] | None = Field(None, description="`gold`: answer once it is readable in gold, or after `timeout_ms`.")
    timeout_ms: int = Field(5_000, ge=0, le=30_000, description="How long to wait; then the answer says `pending`.")


def _member(column: Column) -> tuple[Any, Any]:
    """A column's JSON type: times, dates and decimals are text."""
    if pa.types.is_integer(column.type):
        kind: Any = int
    else:
        kind = bool if pa.types.is_boolean(column.type) else str
    return (kind | None if column.nullable else kind), Field(description=column.doc)


STORED = {
    **EVENT,
    "tenant_id": "default",
    "source": "http",
    "topic": "events",
    "partition": 0,
    "position": 1_204,
    "price": "19.9900",
    "event_time": "2026-11-24T10:30:12.250000Z",
    "received_at": "2026-11-24T10:30:12.300000Z",
    "lateness_ms": 50,
    "is_late": False,
    "extras": '{"coupon": "WELCOME"}',
    "contract_version": 1,
    "event_date": "2026-11-24",
}


def _model(name: str, doc: str, columns: tuple[Column, ...]) -> type[BaseModel]:
    members: dict[str, Any] = {column.name: _member(column) for column in columns}
    shown = {column.name: STORED[column.name] for column in columns}
    return create_model(name, __doc__=doc, __config__=example(**shown), **members)


_PLACES = {column.name for column in COORDINATES}
Accepted = _model("Accepted", "An accepted event, as in silver.events.", EVENTS.columns)
DryRun = _model(
    "DryRun",
    "The event as silver.events would hold it, without a place in it.",
    tuple(column for column in EVENTS.columns if column.name not in _PLACES),
)


class Validated(BaseModel):
    """What would become of one record, duplicates aside."""

    accepted: bool = Field(examples=[True])
    reasons: list[str] = Field(description="Every rule it breaks.", examples=[[]])
    event: DryRun | None = Field(None, description="The event as silver would hold it.")  # type: ignore[valid-type]


class Validation(BaseModel):
    """A dry run: nothing was stored."""

    contract_version: int = Field(examples=[1])
    results: list[Validated]


class Event(BaseModel):
    """One accepted event."""

    event: Accepted  # type: ignore[valid-type]


class EventParameters(Paged, RangeParameters):
    """A page of the events of a range, newest first; only those with every value that is given."""

    event_type: EventType | None = Field(None, description="What the shopper did.")
    user_id: str | None = Field(None, description="Who did it.", examples=["user-1041"])
    product_id: str | None = Field(None, description="With which product.", examples=["sku-20"])
    order_id: str | None = Field(None, description="Of which order.", examples=["order-77"])
    session_id: str | None = Field(None, description="In which visit.", examples=["session-9"])
    late: bool | None = Field(None, description="Only late events, or only those that were in time.", examples=[True])

    @property
    def filters(self) -> dict[str, Any]:
        """The values asked for, null where any will do."""
        wanted = self.model_dump(include={"event_type", "user_id", "product_id", "order_id", "session_id", "late"})
        return wanted | {"event_type": self.event_type.value if self.event_type else None}


class EventList(BaseModel):
    """A page of accepted events, newest first."""

    data: list[Accepted]  # type: ignore[valid-type]
    next_cursor: str | None = NEXT_CURSOR
