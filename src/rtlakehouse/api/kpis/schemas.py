"""What the kpis resource takes and answers with. Decimals are exact text."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import Literal

from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example
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
    """How long a step of a series is; `all`: the whole range is one step, as it is."""

    MINUTE = "1m"
    FIVE_MINUTES = "5m"
    QUARTER = "15m"
    HOUR = "1h"
    DAY = "1d"
    ALL = "all"

    @property
    def length(self) -> timedelta | None:
        """None where the range says it."""
        return {
            "1m": timedelta(minutes=1),
            "5m": timedelta(minutes=5),
            "15m": timedelta(minutes=15),
            "1h": timedelta(hours=1),
            "1d": timedelta(days=1),
        }.get(self.value)


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


_START = Field(examples=["2026-11-24T09:00:00Z"])
_END = Field(examples=["2026-11-24T10:00:00Z"])


class Latest(BaseModel):
    """The newest minute that has events, with its money; `window` is null while the lake is empty."""

    window: Window | None
    revenue: list[Revenue]


class Point(BaseModel):
    """One step of a series. Users are counted over the step, not added up over its minutes."""

    model_config = example(
        step_start="2026-11-24T10:30:00Z",
        step_end="2026-11-24T10:35:00Z",
        state="open",
        events=600,
        page_views=450,
        add_to_carts=100,
        purchases=40,
        refunds=10,
        units=75,
        active_users=280,
        viewing_users=270,
        purchasing_users=33,
        conversion_rate="0.122222",
        late_events=4,
    )

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

    step: str = Field(examples=["5m"])
    start: str = _START
    end: str = _END
    data: list[Point]


class RevenueTotals(BaseModel):
    """Money of a range, by currency: currencies are never added together. Orders are counted over the range."""

    start: str = _START
    end: str = _END
    data: list[Revenue]


class Product(BaseModel):
    """One product in one currency."""

    model_config = example(
        product_id="sku-20", currency="EUR", page_views=310, add_to_carts=44, purchases=20, units=31, gross="619.6900"
    )

    product_id: str
    currency: str
    page_views: int
    add_to_carts: int
    purchases: int
    units: int
    gross: str


class Products(BaseModel):
    """Products of a range, the first ones first."""

    start: str = _START
    end: str = _END
    data: list[Product]


class Segment(BaseModel):
    """One value of a dimension; users are counted over the range."""

    model_config = example(value="DE", events=900, page_views=700, purchases=61, active_users=340, purchasing_users=52)

    value: str
    events: int
    page_views: int
    purchases: int
    active_users: int
    purchasing_users: int


class Segments(BaseModel):
    """Values of a dimension in a range."""

    dimension: Dimension
    start: str = _START
    end: str = _END
    data: list[Segment]
