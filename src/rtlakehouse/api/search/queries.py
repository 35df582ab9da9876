"""The SQL of the search resource. Times are naive UTC; `$tenant`, `$start` and `$end` are bound."""

__all__ = ["MINUTES"]

# Minutes in which nothing happened have no row.
MINUTES = """
    select window_start, page_views, add_to_carts, purchases, refunds, active_users, sessions
    from kpis
    where tenant_id = $tenant and window_start >= $start and window_start < $end
    order by window_start
"""
