"""What a pin looks like, and what makes one."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import Instant
from rtlakehouse.control.pins import MAX_NOTE

__all__ = ["PinBody", "PinList", "PinnedVersions"]

_PIN: dict[str, Any] = {
    "id": "5e1f0c9a77b2",
    "versions": {"gold.kpis_1m": 41, "gold.revenue_1m": 41},
    "as_of": "gold.kpis_1m=41,gold.revenue_1m=41",
    "note": "As reported for November.",
    "created_at": "2026-11-24T10:31:00Z",
    "expires_at": "2027-11-24T00:00:00Z",
}


class PinBody(BaseModel):
    """What to keep, why and how long."""

    model_config = ConfigDict(extra="forbid")

    versions: str | None = Field(
        None,
        description="As an answer's `X-Lake-Versions` names them, or a time; default: all tables as they are now.",
        examples=["gold.kpis_1m=41,gold.revenue_1m=41"],
    )
    note: str = Field("", max_length=MAX_NOTE, description="Why.", examples=["As reported for November."])
    expires_at: Instant | None = Field(
        None, description="Until when; default: until it is removed.", examples=["2027-11-24T00:00:00Z"]
    )


class PinnedVersions(BaseModel):
    """Versions that vacuum leaves alone."""

    model_config = example(**_PIN)

    id: str
    versions: dict[str, int]
    as_of: str = Field(description="The versions as reads take them.")
    note: str
    created_at: str
    expires_at: str | None = Field(description="Null where it is kept until it is removed.")


class PinList(BaseModel):
    """The pins in force, the oldest first."""

    data: list[PinnedVersions]
