"""SQL of the live feed: the minutes of the newest hour, the ledger's sums, and why records are in quarantine.

`asked` is one row: the tenant, the first minute, and where the watermark stands.
"""

__all__ = ["LEDGER", "PRODUCTS", "REASONS", "REVENUE", "WINDOWS"]

# An event that was received once its window was final has corrected it; `late` holds every late event of these windows.
WINDOWS = """
    with corrections as (
        select date_trunc('minute', event_time) as window_start, count(*) as corrections, max(received_at) as corrected_at
        from late
        where tenant_id = (select tenant from asked)
            and received_at > date_trunc('minute', event_time) + interval 1 minute + to_milliseconds($delay_ms)
        group by 1
    )
    select * exclude (tenant_id, corrections), coalesce(corrections, 0) as corrections,
        case when window_end <= (select watermark from asked) then 'final' else 'open' end as state
    from kpis left join corrections using (window_start)
    where tenant_id = (select tenant from asked) and window_start >= (select start from asked) order by window_start desc
"""

REVENUE = """
    select window_start, currency, orders, gross, net from revenue
    where tenant_id = (select tenant from asked) and window_start >= (select start from asked)
    order by window_start desc, currency
"""

# By units: amounts in different currencies have no order.
PRODUCTS = """
    select product_id, currency, sum(purchases)::bigint as purchases, sum(units)::bigint as units,
        sum(gross)::decimal(38, 4) as gross
    from products where tenant_id = (select tenant from asked) and window_start >= (select start from asked)
    group by product_id, currency having sum(purchases) > 0 order by sum(units) desc, product_id, currency limit 10
"""

LEDGER = """
    select coalesce(sum(received), 0)::bigint as received, coalesce(sum(accepted), 0)::bigint as accepted,
        coalesce(sum(duplicates), 0)::bigint as duplicates, coalesce(sum(quarantined), 0)::bigint as quarantined,
        coalesce(sum(late), 0)::bigint as late,
        coalesce(sum(received) - sum(accepted) - sum(duplicates) - sum(quarantined), 0)::bigint as difference
    from sums where tenant_id = (select tenant from asked)
"""

REASONS = """
    select reason, sum(records)::bigint as records from sums where tenant_id = (select tenant from asked)
    group by reason order by sum(records) desc, reason
"""
