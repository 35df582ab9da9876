"""The SQL that reads the figures that are judged. Times are naive UTC; `$tenant`, `$start` and `$end` are bound."""

__all__ = ["KPIS", "REVENUE", "SEGMENTS"]

# Minutes in which nothing happened have no row.
KPIS = """
    select window_start, events, page_views, add_to_carts, purchases, refunds, units, late_events, active_users, viewing_users,
        cart_users, purchasing_users, sessions, conversion_rate
    from kpis
    where tenant_id = $tenant and window_start >= $start and window_start < $end
    order by window_start
"""

REVENUE = """
    select window_start, currency, orders, gross, refunded, net, average_order_value
    from revenue
    where tenant_id = $tenant and window_start >= $start and window_start < $end and ($currency is null or currency = $currency)
    order by currency, window_start
"""

# `$segment`: null for the `$most` with the most events.
SEGMENTS = """
    with own as (
        select window_start, value as segment, events, page_views, purchases, active_users, purchasing_users
        from segments
        where tenant_id = $tenant and window_start >= $start and window_start < $end and dimension = $dimension
            and ($segment is null or value = $segment)
    ),
    judged as (select segment from own group by segment order by sum(events) desc, segment limit $most)
    select own.* from own join judged using (segment)
    order by segment, window_start
"""
