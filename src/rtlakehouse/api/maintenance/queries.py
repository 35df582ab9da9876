"""SQL of the maintenance resource. `sums` is the ledger added up in parts: see `Snapshot.ledger_sums`."""

__all__ = ["EXPIRED"]

EXPIRED = """
    select coalesce(sum(expired), 0)::bigint as bronze, max(expired_at) filter (where expired > 0) as bronze_at,
        coalesce(sum(quarantined_expired), 0)::bigint as quarantine,
        max(expired_at) filter (where quarantined_expired > 0) as quarantine_at,
        coalesce(sum(accepted_expired), 0)::bigint + coalesce(sum(duplicates_expired), 0)::bigint as silver,
        max(expired_at) filter (where accepted_expired > 0 or duplicates_expired > 0) as silver_at
    from sums where tenant_id = $tenant
"""
