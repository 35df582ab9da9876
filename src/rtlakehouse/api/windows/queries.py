"""SQL of the windows resource."""

__all__ = ["EVENTS", "ONE", "PAGE", "RAW", "REVENUE", "REVISIONS", "VALUES"]

PAGE = """
    select window_start, window_end, case when window_end <= $watermark then 'final' else 'open' end as state,
        * exclude (tenant_id, window_start, window_end)
    from kpis where tenant_id = $tenant and window_start >= $start and window_start < $end
    order by window_start desc limit $limit offset $offset
"""

ONE = """
    select window_start, window_end, case when window_end <= $watermark then 'final' else 'open' end as state,
        * exclude (tenant_id, window_start, window_end)
    from kpis where tenant_id = $tenant and window_start = $start
"""

REVENUE = """
    select * exclude (tenant_id, window_start, window_end) from revenue
    where tenant_id = $tenant and window_start = $start order by currency
"""

# The ledger says which batch took which positions, so it says which batches moved a window, and to which version of gold.
REVISIONS = """
    with batches as (
        select * from ledger where tenant_id = $tenant and max_event_time >= $start and min_event_time < $end
    ),
    moved as (
        select batch, max(versions) as versions, max(committed_at) as committed_at, count(*) as added_events,
            sum(is_late::bigint)::bigint as added_late_events, bool_and(source = 'repair') as is_repair
        from events join batches using (tenant_id, source, topic, partition)
        where tenant_id = $tenant and event_time >= $start and event_time < $end
            and position between first_position and last_position
        group by batch
    )
    select batch, (versions->>'$."gold.kpis_1m"')::bigint as version, (versions->>'$."silver.events"')::bigint as silver_version,
        committed_at, added_events, added_late_events, committed_at > $final_at as was_final,
        case when row_number() over (order by batch) = 1 then 'first_events' when is_repair then 'repaired_events'
            when added_late_events > 0 then 'late_events' else 'more_events' end as reason
    from moved order by batch limit $limit offset $offset
"""

VALUES = """
    select * exclude (tenant_id, window_start, window_end) from kpis where tenant_id = $tenant and window_start = $start
"""

EVENTS = """
    select * from events where tenant_id = $tenant and event_time >= $start and event_time < $end
    order by event_time, source, topic, partition, position limit $limit offset $offset
"""

# Times of bronze are not asked for: a record's own time is in silver.
RAW = """
    select page.*, bronze.raw
    from page left join bronze using (tenant_id, source, topic, partition, position)
    order by event_time, source, topic, partition, position
"""
