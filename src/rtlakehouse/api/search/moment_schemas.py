"""What is asked of moments, and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, get_args

from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import Instant, ReadParameters

__all__ = ["FIGURES", "Moment", "MomentFigures", "MomentParameters", "Moments"]

Figure = Literal["page_views", "add_to_carts", "purchases", "refunds", "active_users", "sessions"]
FIGURES: tuple[Figure, ...] = get_args(Figure)
Length = Literal["30m", "1h", "3h"]
_LENGTHS: dict[Length, int] = {"30m": 30, "1h": 60, "3h": 180}
_COUNTS: dict[str, Any] = {
    "page_views": 912,
    "add_to_carts": 140,
    "purchases": 61,
    "refunds": 2,
    "active_users": 702,
    "sessions": 655,
}
_MOMENT = {"start": "2026-11-22T18:10:00Z", "end": "2026-11-22T19:10:00Z", "difference": 0.4127, "figures": _COUNTS}


class MomentParameters(ReadParameters):
    """Which stretch, by what, and how far to look back."""

    at: Instant | None = Field(
        None, description="The end of the stretch; default: the newest window's end.", examples=["2026-11-24T10:30:00Z"]
    )
    length: Length = Field("1h", description="How long a stretch is.")
    metric: Figure | None = Field(None, description="Only by this figure; default: by all of them.", examples=["purchases"])
    days: int = Field(30, ge=1, le=90, description="How many days to look back.")
    limit: int = Field(5, ge=1, le=50, description="Stretches at most.")

    @property
    def length_minutes(self) -> int:
        return _LENGTHS[self.length]


class MomentFigures(BaseModel):
    """The figures of the stretch's minutes, added up: a user of several minutes counts in each."""

    model_config = example(**_COUNTS)

    page_views: int
    add_to_carts: int
    purchases: int
    refunds: int
    active_users: int
    sessions: int


class Moment(BaseModel):
    """A stretch that looked like it."""

    model_config = example(**_MOMENT)

    start: datetime
    end: datetime
    difference: float = Field(
        description="How far its six parts lie from those asked about, in standard deviations of the time looked back on: 0 is"
        " the same, above 1 little is alike."
    )
    figures: MomentFigures


class Moments(BaseModel):
    """The stretches most like one, the most alike first; none overlaps it or another."""

    start: datetime = Field(description="Of the stretch that is asked about.", examples=["2026-11-24T09:30:00Z"])
    end: datetime = Field(examples=["2026-11-24T10:30:00Z"])
    looked_back_to: datetime = Field(description="The first minute that was compared.", examples=["2026-10-25T10:30:00Z"])
    metrics: list[Figure] = Field(examples=[["purchases"]])
    figures: MomentFigures
    data: list[Moment]
