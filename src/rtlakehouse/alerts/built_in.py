"""Rules that every tenant has. They are part of the program, so nobody can lose them."""

from __future__ import annotations

from datetime import timedelta

from rtlakehouse.control import AlertRule, Comparison
from rtlakehouse.settings import Settings

__all__ = ["built_in_rules"]

_NOW = timedelta()
_MINUTE = timedelta(minutes=1)
_MOST_QUARANTINED = 0.1


def built_in_rules(settings: Settings, tenant_id: str) -> list[AlertRule]:
    """A record is unaccounted for; nothing new is to be read; one record in ten breaks the contract."""
    fresh = {"kind": "freshness", "table": "silver.events"}
    rate = {"kind": "quarantine_rate", "minutes": 5}
    gt, ne = Comparison.GT, Comparison.NE
    return [
        AlertRule("ledger-difference", tenant_id, "Records unaccounted for", {"kind": "ledger_difference"}, ne, 0, _NOW),
        AlertRule("freshness", tenant_id, "No new events", fresh, gt, settings.freshness_target_s, _MINUTE),
        AlertRule("quarantine-rate", tenant_id, "Many records in quarantine", rate, gt, _MOST_QUARANTINED, _MINUTE),
    ]
