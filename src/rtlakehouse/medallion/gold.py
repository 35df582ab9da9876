"""Gold: business figures of each tenant and minute. Each table is one SQL file over the silver events of its windows."""

from __future__ import annotations

import pyarrow as pa

from rtlakehouse.medallion.table import MONEY, UTC_TIME, Column, Kind, Table

__all__ = ["KPIS_1M", "PRODUCTS_1M", "REVENUE_1M", "SEGMENTS_1M", "TABLES"]

_TENANT = Column("tenant_id", pa.string(), "Whose events.")
_WINDOW = (
    Column("window_start", UTC_TIME, "First instant of the minute, by event_time."),
    Column("window_end", UTC_TIME, "First instant of the next minute."),
)
_RATIO = pa.decimal128(18, 6)


def _count(name: str, doc: str) -> Column:
    return Column(name, pa.int64(), doc)


def _gold(name: str, grain: str, keys: tuple[Column, ...], measures: tuple[Column, ...]) -> Table:
    return Table(
        name=f"gold.{name}",
        kind=Kind.WINDOWED,
        grain=grain,
        columns=(_TENANT, *_WINDOW, *keys, *measures),
        key=("tenant_id", "window_start", *(column.name for column in keys)),
        sources=("silver.events",),
        sql=f"{name}.sql",
    )


KPIS_1M = _gold(
    "kpis_1m",
    "tenant, minute",
    (),
    (
        _count("events", "Accepted events."),
        _count("page_views", "Events of type page_view."),
        _count("add_to_carts", "Events of type add_to_cart."),
        _count("purchases", "Events of type purchase: order lines, not orders."),
        _count("refunds", "Events of type refund."),
        _count("units", "Sum of quantity over purchases."),
        _count("active_users", "Distinct users."),
        _count("viewing_users", "Distinct users with a page_view."),
        _count("cart_users", "Distinct users with an add_to_cart."),
        _count("purchasing_users", "Distinct users with a purchase."),
        _count("sessions", "Distinct sessions."),
        Column(
            "conversion_rate",
            _RATIO,
            "purchasing_users / viewing_users, rounded half up; null where nobody viewed.",
            nullable=True,
        ),
        _count("late_events", "Events received more than the watermark after they happened."),
    ),
)

REVENUE_1M = _gold(
    "revenue_1m",
    "tenant, minute, currency",
    (Column("currency", pa.string(), "Currencies are never added together."),),
    (
        _count("orders", "Distinct order_id (else event_id) of purchases."),
        _count("units", "Sum of quantity over purchases."),
        Column("gross", MONEY, "Sum of price x quantity over purchases."),
        Column("refunded", MONEY, "Sum of price x quantity over refunds."),
        Column("net", MONEY, "gross - refunded."),
        Column("average_order_value", MONEY, "gross / orders, rounded half up; null without an order.", nullable=True),
    ),
)

PRODUCTS_1M = _gold(
    "products_1m",
    "tenant, minute, product, currency",
    (
        Column("product_id", pa.string(), "The product."),
        Column("currency", pa.string(), "Currencies are never added together."),
    ),
    (
        _count("page_views", "Events of type page_view."),
        _count("add_to_carts", "Events of type add_to_cart."),
        _count("purchases", "Events of type purchase."),
        _count("units", "Sum of quantity over purchases."),
        Column("gross", MONEY, "Sum of price x quantity over purchases."),
    ),
)

SEGMENTS_1M = _gold(
    "segments_1m",
    "tenant, minute, dimension, value",
    (
        Column("dimension", pa.string(), "country, device, campaign or referrer."),
        Column("value", pa.string(), "The dimension's value; events without one are in no segment."),
    ),
    (
        _count("events", "Accepted events."),
        _count("page_views", "Events of type page_view."),
        _count("purchases", "Events of type purchase."),
        _count("active_users", "Distinct users."),
        _count("purchasing_users", "Distinct users with a purchase."),
    ),
)

TABLES = (KPIS_1M, REVENUE_1M, PRODUCTS_1M, SEGMENTS_1M)
