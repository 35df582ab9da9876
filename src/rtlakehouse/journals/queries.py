"""The SQL of the journals. Times are naive UTC; `$start` and `$end` are bound."""

__all__ = ["CURRENCIES", "TENANTS", "TOLD_ANOMALIES", "TOLD_FORECASTS"]

TENANTS = "select distinct tenant_id from kpis where window_start >= $start and window_start < $end"

CURRENCIES = "select distinct tenant_id, currency from revenue where window_start >= $start and window_start < $end"

TOLD_FORECASTS = "select tenant_id, metric, currency, step, max(learned_to) as learned_to from forecasts group by all"

# What holds of each: its highest revision.
TOLD_ANOMALIES = """
    select * from anomalies where window_start >= $start and window_start < $end
    qualify row_number() over (partition by tenant_id, id order by revision desc) = 1
"""
