"""SQL of the live feed: the newest minutes and the ledger's sums."""

__all__ = ["PRODUCTS", "REASONS", "REVENUE", "WINDOWS"]

WINDOWS = """
    select * exclude (tenant_id), case when window_end <= $watermark then 'final' else 'open' end as state
    from kpis where tenant_id = $tenant order by window_start desc limit $minutes
"""

REVENUE = """
    select window_start, currency, orders, gross, net from revenue
    where tenant_id = $tenant and window_start >= $start order by window_start desc, currency
"""

PRODUCTS = """
    select product_id, currency, sum(purchases)::bigint as purchases, sum(units)::bigint as units,
        sum(gross)::decimal(38, 4) as gross
    from products where tenant_id = $tenant and window_start >= $start
    group by product_id, currency having sum(purchases) > 0 order by sum(gross) desc, product_id limit 8
"""

REASONS = """
    select reason, count(*) as records from (select unnest(reasons) as reason from quarantine where tenant_id = $tenant)
    group by reason order by records desc, reason limit 8
"""
