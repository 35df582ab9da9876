"""What is judged: figures of a minute, by currency or segment, each a series of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rtlakehouse.errors import UsageError
from rtlakehouse.ml import Offered

__all__ = [
    "BY_CURRENCY",
    "BY_SEGMENT",
    "KPIS",
    "MOST_SEGMENTS",
    "OF_ALL",
    "REVENUE",
    "SEGMENTS",
    "SegmentDimension",
    "Subject",
    "Wanted",
    "Watched",
    "check_series",
    "one_series",
]

KPIS, REVENUE, SEGMENTS = "gold.kpis_1m", "gold.revenue_1m", "gold.segments_1m"
# Of a dimension these many are judged by themselves: those with the most events (`Roster`).
MOST_SEGMENTS = 20


class Watched(StrEnum):
    """The figures of a minute that are judged."""

    EVENTS = "events"
    PAGE_VIEWS = "page_views"
    ADD_TO_CARTS = "add_to_carts"
    PURCHASES = "purchases"
    REFUNDS = "refunds"
    UNITS = "units"
    LATE_EVENTS = "late_events"
    ACTIVE_USERS = "active_users"
    VIEWING_USERS = "viewing_users"
    CART_USERS = "cart_users"
    PURCHASING_USERS = "purchasing_users"
    SESSIONS = "sessions"
    CONVERSION_RATE = "conversion_rate"
    ORDERS = "orders"
    GROSS = "gross"
    REFUNDED = "refunded"
    NET = "net"
    AVERAGE_ORDER_VALUE = "average_order_value"

    @property
    def is_by_currency(self) -> bool:
        return self in BY_CURRENCY

    @property
    def is_by_segment(self) -> bool:
        return self in BY_SEGMENT

    @property
    def is_ratio(self) -> bool:
        """Whether a minute without events has none, instead of 0."""
        return self in (Watched.CONVERSION_RATE, Watched.AVERAGE_ORDER_VALUE)


BY_CURRENCY = (Watched.ORDERS, Watched.GROSS, Watched.REFUNDED, Watched.NET, Watched.AVERAGE_ORDER_VALUE)
OF_ALL = tuple(each for each in Watched if each not in BY_CURRENCY)
BY_SEGMENT = (Watched.EVENTS, Watched.PAGE_VIEWS, Watched.PURCHASES, Watched.ACTIVE_USERS, Watched.PURCHASING_USERS)


class SegmentDimension(StrEnum):
    """What the segments of `gold.segments_1m` are of."""

    COUNTRY = "country"
    DEVICE = "device"
    CAMPAIGN = "campaign"
    REFERRER = "referrer"


@dataclass(frozen=True)
class Subject:
    """One series: a metric, of one currency where it is by currency, and of one segment or of all."""

    metric: Watched
    currency: str | None = None
    dimension: SegmentDimension | None = None
    segment: str | None = None

    @property
    def table(self) -> str:
        if self.dimension:
            return SEGMENTS
        return REVENUE if self.metric.is_by_currency else KPIS

    def __str__(self) -> str:
        of = [self.currency, f"{self.dimension} {self.segment}" if self.dimension else None]
        return " in ".join(filter(None, (self.metric.replace("_", " "), *of)))


@dataclass(frozen=True)
class Wanted:
    """Which series are to be judged, and by what. None: all there are; of segments those of the `Roster`."""

    detector: Offered
    metric: Watched | None = None
    currency: str | None = None
    dimension: SegmentDimension | None = None
    segment: str | None = None

    @property
    def tables(self) -> list[str]:
        """That hold them."""
        if self.dimension:
            return [SEGMENTS]
        if self.metric is None:
            return [KPIS, REVENUE]
        return [Subject(self.metric).table]

    @property
    def metrics(self) -> list[Watched]:
        return list(Watched) if self.metric is None else [self.metric]


def check_series(metric: Watched | None, currency: str | None, dimension: SegmentDimension | None, segment: str | None) -> None:
    """Raises UsageError where these do not go together."""
    if currency and metric and not metric.is_by_currency:
        raise UsageError(f"{metric} is not by currency; leave out `currency`.")
    if segment is not None and dimension is None:
        raise UsageError("A `segment` is one of a `dimension`; name that too.")
    if dimension and (metric is None or not metric.is_by_segment):
        offered = ", ".join(each for each in Watched if each.is_by_segment)
        raise UsageError(f"By `dimension` one `metric` is judged at a time; name one of {offered}.")


def one_series(metric: Watched, currency: str | None, dimension: SegmentDimension | None, segment: str | None) -> Subject:
    """The series that these name. Raises UsageError where they name none or many."""
    check_series(metric, currency, dimension, segment)
    if metric.is_by_currency and currency is None:
        raise UsageError(f"{metric} is by currency; name a `currency`.")
    if dimension and segment is None:
        raise UsageError("One series is of one `segment`; name it.")
    return Subject(metric, currency, dimension, segment)
