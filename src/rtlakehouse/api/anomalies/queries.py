"""The SQL of the anomalies resource. Times are naive UTC; `$tenant`, `$start` and `$end` are bound."""

__all__ = ["FIRST", "KPIS", "REVENUE"]

# Minutes in which nothing happened have no row.
KPIS = """
    select window_start, events, page_views, add_to_carts, purchases, refunds, active_users, sessions, conversion_rate
    from kpis
    where tenant_id = $tenant and window_start >= $start and window_start < $end
    order by window_start
"""

REVENUE = """
    select window_start, currency, orders, gross, net, average_order_value
    from revenue
    where tenant_id = $tenant and window_start >= $start and window_start < $end and ($currency is null or currency = $currency)
    order by currency, window_start
"""

FIRST = """
    select min(window_start) as first from kpis
    where tenant_id = $tenant and window_start >= $start and window_start < $end
"""
