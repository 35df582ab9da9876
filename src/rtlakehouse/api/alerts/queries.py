"""SQL of the alerts resource. Times are naive UTC."""

__all__ = ["BATCHES"]

# What became of the records of the batches that were complete since a time.
BATCHES = """
    select coalesce(sum(received), 0)::bigint as received, coalesce(sum(quarantined), 0)::bigint as quarantined
    from ledger where tenant_id = $tenant and committed_at >= $since
"""
