"""SQL of the ledger resource. `sums` is the ledger added up in parts: see `Snapshot.ledger_sums`."""

__all__ = ["BALANCE", "PAGE", "RECORD", "TOTALS"]

PAGE = """
    select * exclude (tenant_id) from ledger where tenant_id = $tenant
    order by batch desc, source, topic, partition limit $limit offset $offset
"""

BALANCE = """
    select source, topic, partition, min(first_position) as first_position, max(last_position) as last_position,
        sum(received)::bigint as received, sum(accepted)::bigint as accepted, sum(duplicates)::bigint as duplicates,
        sum(quarantined)::bigint as quarantined, sum(late)::bigint as late,
        (sum(received) - sum(accepted) - sum(duplicates) - sum(quarantined))::bigint as difference,
        coalesce(sum(expired), 0)::bigint as expired, max(committed_at) as committed_at
    from sums where tenant_id = $tenant group by source, topic, partition order by source, topic, partition
"""

TOTALS = """
    select coalesce(sum(received), 0)::bigint as received, coalesce(sum(accepted), 0)::bigint as accepted,
        coalesce(sum(duplicates), 0)::bigint as duplicates, coalesce(sum(quarantined), 0)::bigint as quarantined,
        coalesce(sum(late), 0)::bigint as late, coalesce(sum(expired), 0)::bigint as expired
    from sums
"""

RECORD = """
    select source, topic, partition, position, received_at, ingested_at, raw from bronze
    where tenant_id = $tenant and source = $source and topic = $topic and partition = $partition and position = $position
"""
