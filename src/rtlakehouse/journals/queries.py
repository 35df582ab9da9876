"""The SQL of the journals. Times are naive UTC; `$start` and `$end` are bound."""

__all__ = ["CHANGED", "CURRENCIES", "DIGESTS", "TENANTS", "TOLD_ANOMALIES", "TOLD_FORECASTS"]

TENANTS = "select distinct tenant_id from kpis where window_start >= $start and window_start < $end"

CURRENCIES = "select distinct tenant_id, currency from revenue where window_start >= $start and window_start < $end"

TOLD_FORECASTS = "select tenant_id, metric, currency, step, max(learned_to) as learned_to from forecasts group by all"

# What holds of each: its highest revision.
TOLD_ANOMALIES = """
    select * from anomalies where window_start >= $start and window_start < $end
    qualify row_number() over (partition by tenant_id, id order by revision desc) = 1
"""

# Of files that went (`sign` -1) and came (1): a number for each row, which those that are in both take out of the sum.
DIGESTS = "select tenant_id, window_start, {sign} * hash({name})::hugeint as digest from {name}"

# The first window of each tenant that has other rows, and is kept.
CHANGED = """
    with changed as (select tenant_id, window_start from ({digests}) group by all having sum(digest) <> 0)
    select cast(tenant_id as varchar) as tenant_id, min(window_start) as first
    from changed
    where window_start >= coalesce(
        (select since from floors where floors.tenant_id = cast(changed.tenant_id as varchar)),
        (select since from floors where floors.tenant_id is null)
    )
    group by all
"""
