"""SQL of the windows resource."""

__all__ = ["ONE", "PAGE", "REVENUE"]

PAGE = """
    select * exclude (tenant_id), case when window_end <= $watermark then 'final' else 'open' end as state
    from kpis where tenant_id = $tenant and window_start >= $start and window_start < $end
    order by window_start desc limit $limit offset $offset
"""

ONE = """
    select * exclude (tenant_id), case when window_end <= $watermark then 'final' else 'open' end as state
    from kpis where tenant_id = $tenant and window_start = $start
"""

REVENUE = """
    select * exclude (tenant_id, window_start, window_end) from revenue
    where tenant_id = $tenant and window_start = $start order by currency
"""
