"""The SQL of the journals. Times are naive UTC; `$start` and `$end` are bound."""

__all__ = ["TENANTS", "TOLD_ANOMALIES"]

TENANTS = "select distinct tenant_id from kpis where window_start >= $start and window_start < $end"

# What holds of each: its highest revision.
TOLD_ANOMALIES = """
    select * from anomalies where window_start >= $start and window_start < $end
    qualify row_number() over (partition by tenant_id, id order by revision desc) = 1
"""
