"""For how long what a tenant sent is kept, and what was let go of, by the settings and the ledger."""

from __future__ import annotations

from typing import Any

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.formats import rows_of
from rtlakehouse.api.maintenance import queries
from rtlakehouse.api.maintenance.schemas import RetentionState
from rtlakehouse.clock import isoformat
from rtlakehouse.contract.floors import Floors
from rtlakehouse.jobs import terms_by_name
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.graph import GOLD
from rtlakehouse.medallion.silver import DUPLICATES, EVENTS, QUARANTINE

__all__ = ["retention_of"]

# The names that `retention_days` has for tables.
_TABLES = {
    "bronze": (BRONZE.name,),
    "quarantine": (QUARANTINE.name,),
    "silver": (EVENTS.name, DUPLICATES.name),
    "gold": tuple(table.name for table in GOLD),
}


def retention_of(parts: Parts, reading: Reading) -> RetentionState:
    """Of the tenant that reads, at this moment."""
    now = parts.clock.now()
    bound = {"tenant": reading.tenant_id}
    counted = rows_of(reading.snapshot.query(queries.EXPIRED, bound, sums=reading.snapshot.ledger_sums))[0]
    data: list[dict[str, Any]] = []
    for name, terms in terms_by_name(parts.settings, _TABLES).items():
        # What is gone does not come back with a longer term.
        since = terms.floors(now).raised(reading.snapshot.floors.get(name, Floors())).of(reading.tenant_id)
        data.append(
            {
                "name": name,
                "tables": _TABLES[name],
                "days": terms.of(reading.tenant_id),
                "is_own": reading.tenant_id in terms.of_tenants,
                "kept_since": since and isoformat(since),
                "expired": counted.get(name),
                "expired_at": counted.get(f"{name}_at"),
            }
        )
    return RetentionState.model_validate({"is_on": parts.settings.maintenance, "data": data})
