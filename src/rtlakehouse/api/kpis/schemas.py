"""What the kpis resource takes and answers with. Decimals are exact text."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import Literal

from pydantic import BaseModel, Field

from rtlakehouse.api.parameters import MAX_LIMIT, RangeParameters
from rtlakehouse.api.windows.schemas import Revenue, Window

__all__ = [
    "Dimension",
    "Latest",
    "ProductParameters",
    "Products",
    "RevenueTotals",
    "SegmentParameters",
    "Segments",
    "Series",
    "SeriesParameters",
    "Step",
]


class Step(Enum):
    """How long a step of a series is."""

    MINUTE = "1m"
    FIVE_MINUTES = "5m"
    QUARTER = "15m"
    HOUR = "1h"
    DAY = "1d"

    @property
    def length(self) -> timedelta:
        return {
            "1m": timedelta(minutes=1),
            "5m": timedelta(minutes=5),
            "15m": timedelta(minutes=15),
            "1h": timedelta(hours=1),
            "1d": timedelta(days=1),
        }[self.value]


class Dimension(Enum):
    """What segments are told apart by."""

    COUNTRY = "country"
    DEVICE = "device"
    CAMPAIGN = "campaign"
    REFERRER = "referrer"


class SeriesParameters(RangeParameters):
    """A range and how it is cut."""

    step: Step = Field(Step.MINUTE, description="Length of a step; steps begin at whole multiples of it, in UTC.")
    fill: bool = Field(True, description="Whether steps without an event are there, with zeros.")


class ProductParameters(RangeParameters):
    """Which products come first."""

    by: Literal["gross", "units", "purchases", "page_views"] = Field("gross", description="What they are ranked by.")
    limit: int = Field(10, ge=1, le=MAX_LIMIT, description="How many.")


class SegmentParameters(RangeParameters):
    """How many values."""

    limit: int = Field(20, ge=1, le=MAX_LIMIT, description="How many, those with the most events first.")


class Latest(BaseModel):
    """The newest minute that has events, with its money; `window` is null while the lake is empty."""

    window: Window | None
    revenue: list[Revenue]


class Point(BaseModel):
    """One step of a series. Users are counted over the step, not added up over its minutes."""

    step_start: str
    step_end: str
    state: Literal["open", "final"]
    events: int
    page_views: int
    add_to_carts: int
    purchases: int
    refunds: int
    units: int
    active_users: int
    viewing_users: int
    purchasing_users: int
    conversion_rate: str | None
    late_events: int


class Series(BaseModel):
    """Steps in order of time."""

    step: str
    data: list[Point]


class RevenueTotals(BaseModel):
    """Money of a range, by currency: currencies are never added together. Orders are counted over the range."""

    start: str
    end: str
    data: list[Revenue]


class Product(BaseModel):
    """One product in one currency."""

    product_id: str
    currency: str
    page_views: int
    add_to_carts: int
    purchases: int
    units: int
    gross: str


class Products(BaseModel):
    """Products of a range, the first ones first."""

    start: str
    end: str
    data: list[Product]


class Segment(BaseModel):
    """One value of a dimension; users are counted over the range."""

    value: str
    events: int
    page_views: int
    purchases: int
    active_users: int
    purchasing_users: int


class Segments(BaseModel):
    """Values of a dimension in a range."""

    dimension: Dimension
    start: str
    end: str
    data: list[Segment]
