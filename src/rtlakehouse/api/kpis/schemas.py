"""What the kpis resource takes and answers with. Decimals are exact text."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Literal

from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import MAX_LIMIT, Instant, RangeParameters, minute_of
from rtlakehouse.api.windows.schemas import Revenue, Window
from rtlakehouse.errors import UsageError
from rtlakehouse.semantic.catalogue import Format, Unit

__all__ = [
    "Change",
    "Cohort",
    "Comparison",
    "CompareParameters",
    "Funnel",
    "FunnelStep",
    "Span",
    "UserParameters",
    "Users",
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


class CompareParameters(RangeParameters):
    """A range, and the one that it is compared with."""

    against_start: Instant | None = Field(
        None,
        alias="against_from",
        description="First minute of the other range; default: as long before its end as the range is long.",
        examples=["2026-11-17T09:00:00Z"],
    )
    against_end: Instant | None = Field(
        None,
        alias="against_to",
        description="First minute after the other range; default: where the range begins, or as long as that.",
        examples=["2026-11-17T10:00:00Z"],
    )

    def resolve_against(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """The other range in whole minutes, naive UTC. Raises UsageError where it is empty or lies outside of the calendar."""
        try:
            if self.against_start is None:
                last = minute_of(self.against_end) if self.against_end else start
                first = last - (end - start)
            else:
                first = minute_of(self.against_start)
                last = minute_of(self.against_end) if self.against_end else first + (end - start)
        except OverflowError as error:
            raise UsageError("The other range would leave the years 1 to 9999; give `against_from` and `against_to`.") from error
        if first >= last:
            raise UsageError("The other range is empty; `against_from` must be before `against_to`.")
        return first, last


class UserParameters(RangeParameters):
    """How long a cohort is."""

    cohort: Literal["day", "week", "month"] = Field(
        "day", description="Users of a cohort were first seen in the same day, week (from Monday) or month, in UTC."
    )


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


class Span(BaseModel):
    """A range of event time."""

    start: str = _START
    end: str = _END


class Change(BaseModel):
    """A metric in two ranges. Counts are numbers, money and shares exact text."""

    model_config = example(
        metric="gross",
        unit="money",
        format="money",
        currency="EUR",
        current="310.4500",
        previous="248.3600",
        change="62.0900",
        relative_change="0.250000",
    )

    metric: str = Field(description="Its name in the catalogue of metrics.")
    unit: Unit
    format: Format
    currency: str | None = Field(description="Of money; currencies are never added together.")
    current: int | str | None = Field(description="In the range; null for a ratio that divides by 0.")
    previous: int | str | None = Field(description="In the other range.")
    change: int | str | None = Field(description="current - previous; null where one of them is null.")
    relative_change: str | None = Field(description="change / previous to 6 digits; null unless previous is above 0.")


class Comparison(BaseModel):
    """Every metric of the catalogue in two ranges."""

    current: Span
    previous: Span
    data: list[Change]


class FunnelStep(BaseModel):
    """A step on the way to a purchase."""

    model_config = example(step="add_to_cart", events=120, users=80, from_previous="0.320000", from_first="0.320000")

    step: Literal["page_view", "add_to_cart", "purchase"]
    events: int = Field(description="Events of this type in the range, whoever did them.")
    users: int = Field(description="Users who did this in the range, and the steps before it earlier in the range.")
    from_previous: str | None = Field(description="users / users of the step before; null for the first, or of nobody.")
    from_first: str | None = Field(description="users / users of the first step; null of nobody.")


class Funnel(BaseModel):
    """page_view, add_to_cart, purchase: who got how far in a range."""

    start: str = _START
    end: str = _END
    data: list[FunnelStep]


class Cohort(BaseModel):
    """Users who were first seen at the same time, and what they did in the range."""

    model_config = example(
        cohort="2026-11-23",
        users=200,
        active_users=50,
        new_users=0,
        returning_users=50,
        purchasing_users=12,
        retention="0.250000",
    )

    cohort: str = Field(description="First day of the time in which they were first seen.")
    users: int = Field(description="Everybody in it, active in the range or not.")
    active_users: int = Field(description="Of them with an event in the range.")
    new_users: int = Field(description="Of them first seen in the range.")
    returning_users: int = Field(description="Of them active in the range and first seen before it.")
    purchasing_users: int = Field(description="Of them with a purchase in the range.")
    retention: str = Field(description="active_users / users.")


class Users(BaseModel):
    """Users of a range: new, returning, and by the time they were first seen. Each user is in one cohort."""

    start: str = _START
    end: str = _END
    active_users: int = Field(examples=[80])
    new_users: int = Field(examples=[30])
    returning_users: int = Field(examples=[50])
    data: list[Cohort]
