"""What the events resource answers with."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Event", "EventList", "Fate", "Posted", "Receipt", "ReceiptParameters", "Validated", "Validation"]


class Posted(BaseModel):
    """All of the post is durable. `receipts`, one an event in the order of the post, tell its fate later."""

    received: int
    receipts: list[str] = Field(examples=[["http-0-1204"]])


Fate = Literal["pending", "accepted", "duplicate", "quarantined"]


class Receipt(BaseModel):
    """What became of one record."""

    id: str
    fate: Fate = Field(description="pending: stored in bronze, not refined yet.")
    position: int
    event_id: str | None = None
    window: str | None = Field(None, description="Start of the minute it counts in.")
    late: bool | None = None
    reasons: list[str] = Field(default_factory=list, description="Why it is in quarantine: every rule it breaks.")
    duplicate_of: str | None = Field(None, description="Coordinates of the event that was kept.")
    versions: dict[str, int] = Field(default_factory=dict, description="Table versions after the batch that decided.")


class ReceiptParameters(BaseModel):
    """How long to wait for the fate."""

    model_config = ConfigDict(extra="forbid")

    wait: Literal["gold"] | None = Field(None, description="`gold`: answer once it is readable in gold, or after `timeout_ms`.")
    timeout_ms: int = Field(5_000, ge=0, le=30_000, description="How long to wait; then the answer says `pending`.")


class Validated(BaseModel):
    """What would become of one record, duplicates aside."""

    accepted: bool
    reasons: list[str]
    event: dict[str, Any] | None = Field(None, description="The event as silver would hold it.")


class Validation(BaseModel):
    """A dry run: nothing was stored."""

    contract_version: int
    results: list[Validated]


class Event(BaseModel):
    """One accepted event, as in silver.events."""

    event: dict[str, Any]


class EventList(BaseModel):
    """Accepted events, newest first."""

    data: list[dict[str, Any]]
