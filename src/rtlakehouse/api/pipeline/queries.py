"""SQL of the pipeline resource. `timings` is what the newest batches' commits say of their stages: see service.py."""

__all__ = ["BATCHES", "LATENCY"]

BATCHES = """
    select batch, sum(received)::bigint as received, sum(accepted)::bigint as accepted, sum(duplicates)::bigint as duplicates,
        sum(quarantined)::bigint as quarantined, sum(late)::bigint as late, min(min_event_time) as min_event_time,
        max(max_event_time) as max_event_time, max(committed_at) as committed_at, any_value(versions) as versions
    from ledger where tenant_id = $tenant group by batch order by batch desc limit $limit offset $offset
"""

# A file's records have no time of receipt: for them the way begins in bronze. Repaired ones have that of long ago.
LATENCY = """
    with places as (
        select ledger.*, silver_at, gold_at, readable_at from ledger join timings using (batch) where tenant_id = $tenant
    ),
    records as (
        select received_at, ingested_at, silver_at, gold_at, readable_at
        from bronze join places using (tenant_id, source, topic, partition)
        where tenant_id = $tenant and position between first_position and last_position and source <> 'repair'
    ),
    spent as (
        select unnest([
            {'stage': 'received to bronze', 'us': epoch_us(ingested_at) - epoch_us(received_at)},
            {'stage': 'bronze to silver', 'us': epoch_us(silver_at) - epoch_us(ingested_at)},
            {'stage': 'silver to gold', 'us': epoch_us(gold_at) - epoch_us(silver_at)},
            {'stage': 'gold to readable', 'us': epoch_us(readable_at) - epoch_us(gold_at)},
            {'stage': 'received to readable', 'us': epoch_us(readable_at) - epoch_us(coalesce(received_at, ingested_at))}
        ], recursive := true)
        from records
    )
    select stage, count(us) as records, quantile_disc(us, 0.5) as p50_us, quantile_disc(us, 0.9) as p90_us,
        quantile_disc(us, 0.99) as p99_us, max(us) as max_us
    from spent group by stage
"""
