"""SQL of the ledger resource."""

__all__ = ["BALANCE", "PAGE", "TOTALS"]

PAGE = """
    select * from ledger where tenant_id = $tenant
    order by batch desc, source, topic, partition limit $limit offset $offset
"""

BALANCE = """
    select source, topic, partition, min(first_position) as first_position, max(last_position) as last_position,
        sum(received)::bigint as received, sum(accepted)::bigint as accepted, sum(duplicates)::bigint as duplicates,
        sum(quarantined)::bigint as quarantined, sum(late)::bigint as late,
        (sum(received) - sum(accepted) - sum(duplicates) - sum(quarantined))::bigint as difference,
        max(committed_at) as committed_at
    from ledger where tenant_id = $tenant group by source, topic, partition order by source, topic, partition
"""

TOTALS = """
    select count(distinct batch) as batches, coalesce(sum(received), 0)::bigint as received,
        coalesce(sum(accepted), 0)::bigint as accepted, coalesce(sum(duplicates), 0)::bigint as duplicates,
        coalesce(sum(quarantined), 0)::bigint as quarantined, coalesce(sum(late), 0)::bigint as late
    from ledger
"""
