"""The SQL that reads the figures that are judged. Times are naive UTC; `$tenant`, `$start` and `$end` are bound."""

__all__ = ["BUSY_HOURS", "KPIS", "REVENUE", "SEGMENTS"]

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

# Of the hours that ended in time: the segments with so many events, `$busy`, in one. `$dimension`: null for all.
BUSY_HOURS = """
    select date_trunc('hour', window_start) + interval 1 hour as ended, cast(dimension as varchar) as dimension,
        cast(value as varchar) as segment, cast(sum(events) as bigint) as events, cast(sum(page_views) as bigint) as page_views,
        cast(sum(purchases) as bigint) as purchases, cast(sum(active_users) as bigint) as active_users,
        cast(sum(purchasing_users) as bigint) as purchasing_users
    from segments
    where tenant_id = $tenant and window_start >= $start and window_start < $end
        and ($dimension is null or dimension = $dimension)
    group by all
    having sum(events) >= $busy
    order by ended
"""

# `judged`: the segments that are wanted, each with what it is to be known by, `place`.
SEGMENTS = """
    select window_start, place, events, page_views, purchases, active_users, purchasing_users
    from segments join judged on segments.dimension = judged.dimension and segments.value = judged.segment
    where tenant_id = $tenant and window_start >= $start and window_start < $end
"""
