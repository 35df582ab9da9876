"""The SQL of the anomalies resource. Times are naive UTC; `$tenant`, `$start` and `$end` are bound."""

__all__ = ["FIRST"]

FIRST = """
    select min(window_start) as first from kpis
    where tenant_id = $tenant and window_start >= $start and window_start < $end
"""
