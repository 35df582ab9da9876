"""What the anomalies resource takes and answers with. Figures are numbers here, not exact text: they are estimates."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import Instant, RangeParameters, ReadParameters
from rtlakehouse.errors import UsageError

__all__ = [
    "Anomalies",
    "Anomaly",
    "AnomalyParameters",
    "CauseParameters",
    "Causes",
    "MovedPart",
    "ExpectedMinute",
    "ExpectedParameters",
    "ExpectedSeries",
    "Watched",
]

MAX_RANGE = timedelta(days=7)


class Watched(StrEnum):
    """The figures of a minute that are judged."""

    EVENTS = "events"
    PAGE_VIEWS = "page_views"
    ADD_TO_CARTS = "add_to_carts"
    PURCHASES = "purchases"
    REFUNDS = "refunds"
    ACTIVE_USERS = "active_users"
    SESSIONS = "sessions"
    CONVERSION_RATE = "conversion_rate"
    ORDERS = "orders"
    GROSS = "gross"
    NET = "net"
    AVERAGE_ORDER_VALUE = "average_order_value"

    @property
    def is_by_currency(self) -> bool:
        return self in (Watched.ORDERS, Watched.GROSS, Watched.NET, Watched.AVERAGE_ORDER_VALUE)

    @property
    def is_ratio(self) -> bool:
        """Whether a minute without events has none, instead of 0."""
        return self in (Watched.CONVERSION_RATE, Watched.AVERAGE_ORDER_VALUE)


Currency = Field(
    None, pattern=r"^[A-Z]{3}$", description="Of orders and money; each currency is a series of its own.", examples=["EUR"]
)


class _Judged(RangeParameters):
    def resolve(self, newest: datetime | None, length: timedelta = timedelta(days=1)) -> tuple[datetime, datetime]:
        """The range, as of its neighbours but a day long by itself. Raises UsageError for one that is empty or too long."""
        start, end = super().resolve(newest, length)
        if end - start > MAX_RANGE:
            raise UsageError(f"Anomalies are told of {MAX_RANGE.days} days at once; ask for a shorter range.")
        return start, end


class AnomalyParameters(_Judged):
    """A range of at most a week; by default the last day."""

    metric: Watched | None = Field(None, description="Only of this metric; default: of all that are judged.", examples=["events"])
    currency: str | None = Currency


class ExpectedParameters(_Judged):
    """A range of at most a week; by default the last day."""

    metric: Watched = Field(description="What to judge.", examples=["events"])
    currency: str | None = Currency


class CauseParameters(ReadParameters):
    """Which figure, in the minutes up to which."""

    metric: Watched = Field(description="As of the anomaly.", examples=["events"])
    currency: str | None = Currency
    at: Instant = Field(
        description="The last minute to look at: the anomaly's `window_start`.", examples=["2026-11-24T10:30:00Z"]
    )
    minutes: int = Field(8, ge=1, le=60, description="How many minutes to look at, `at` included.")
    limit: int = Field(10, ge=1, le=100, description="How many parts to tell.")


_ANOMALY = {
    "metric": "gross",
    "currency": "EUR",
    "window_start": "2026-11-24T10:30:00Z",
    "value": 12.5,
    "judged": 31.7,
    "expected": 87.2,
    "low": 41.0,
    "high": 133.4,
    "score": 1.2,
    "severity": "warning",
    "reason": "gross in EUR was 31.7, expected 41 to 133.4 at this hour",
}


class Anomaly(BaseModel):
    """A minute from which on a figure is unlike what was to be expected."""

    model_config = example(**_ANOMALY)

    metric: Watched
    currency: str | None = Field(description="The series' own; null for a metric that is not by currency.")
    window_start: datetime
    value: float = Field(description="The figure of this minute.")
    judged: float = Field(
        description="What was judged: a mean of this and the last minutes, so that one lost minute is no anomaly."
    )
    expected: float
    low: float = Field(description="What is judged lies between `low` and `high` where all is as usual.")
    high: float
    score: float = Field(description="Distance from `expected`, as a multiple of what is tolerated; above 1.")
    severity: Literal["warning", "critical"] = Field(description="`critical`: twice as far as tolerated, or further.")
    reason: str


class Anomalies(BaseModel):
    """What is unlike the days before it, in the order of time."""

    model_config = example(
        start="2026-11-23T11:00:00Z",
        end="2026-11-24T11:00:00Z",
        learned_from="2026-11-19T11:00:00Z",
        series=9,
        data=[_ANOMALY],
    )

    start: str
    end: str = Field(description="Only final minutes are judged: of an open range, those up to the watermark.")
    learned_from: str = Field(description="Where learning began; a lake that is younger has less to learn from.")
    series: int = Field(description="How many series were judged.")
    data: list[Anomaly]


_MINUTE = {
    "window_start": "2026-11-24T10:30:00Z",
    "value": 241.0,
    "judged": 236.4,
    "expected": 229.8,
    "low": 171.2,
    "high": 288.4,
    "is_anomaly": False,
}


class ExpectedMinute(BaseModel):
    """A minute, and what was to be expected of it; null while too little had been seen."""

    model_config = example(**_MINUTE)

    window_start: datetime
    value: float
    judged: float
    expected: float | None
    low: float | None
    high: float | None
    is_anomaly: bool


class ExpectedSeries(BaseModel):
    """A figure minute by minute, with the range in which it was to be expected."""

    model_config = example(
        metric="gross",
        currency="EUR",
        start="2026-11-23T11:00:00Z",
        end="2026-11-24T11:00:00Z",
        learned_from="2026-11-19T11:00:00Z",
        data=[_MINUTE],
    )

    metric: Watched
    currency: str | None
    start: str
    end: str
    learned_from: str
    data: list[ExpectedMinute]


_MOVED = {"dimension": "country", "value": "DE", "now": 12.0, "usual": 130.5, "change": -118.5}


class MovedPart(BaseModel):
    """A part of the figure, and how far it moved."""

    model_config = example(**_MOVED)

    dimension: Literal["country", "device", "campaign", "referrer", "product_id"]
    value: str
    now: float
    usual: float = Field(
        description="Mean over the same minutes of the days before. A day without it counts as 0; of a ratio it does not count."
    )
    change: float


class Causes(BaseModel):
    """The parts of a figure that moved most, the furthest first."""

    model_config = example(
        metric="orders",
        currency="EUR",
        start="2026-11-24T10:23:00Z",
        end="2026-11-24T10:31:00Z",
        days=4,
        now=410.0,
        usual=531.2,
        data=[_MOVED],
    )

    metric: Watched
    currency: str | None
    start: str
    end: str
    days: int = Field(
        description="How many of the four days before are known at these minutes; with 0 there is nothing to compare."
    )
    now: float | None = Field(description="The whole figure of these minutes; null where it has none.")
    usual: float | None = Field(description="Its mean over the same minutes of the days before.")
    data: list[MovedPart]
