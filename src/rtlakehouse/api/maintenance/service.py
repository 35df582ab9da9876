"""The state of upkeep, by the tables' folders and logs and a dry run of each act."""

from __future__ import annotations

from typing import Any

from rtlakehouse.api.deps import Parts
from rtlakehouse.api.maintenance.schemas import MaintenanceState
from rtlakehouse.clock import isoformat
from rtlakehouse.control import Pins
from rtlakehouse.storage.maintenance import Limits, Maintenance
from rtlakehouse.storage.upkeep import TableUpkeep, upkeep_of

__all__ = ["state_of"]


def state_of(parts: Parts) -> MaintenanceState:
    """As it is now."""
    limits = Limits.of(parts.settings)
    upkeep = Maintenance(parts.lake, parts.clock, limits, Pins(parts.store, parts.clock).versions_of)
    tables = [_table(upkeep, upkeep_of(parts.lake, limits, name)) for name in upkeep.tables]
    return MaintenanceState.model_validate(
        {"is_on": parts.settings.maintenance, "vacuum_retention_s": parts.settings.vacuum_retention_s, "tables": tables}
    )


def _table(upkeep: Maintenance, found: TableUpkeep) -> dict[str, Any]:
    acts = (upkeep.compact, upkeep.clean_log, upkeep.vacuum)
    outcomes = [outcome for act in acts for outcome in act(found.table, dry_run=True)]
    return {
        "name": found.table,
        "version": found.version,
        "files": found.files,
        "bytes": found.size_bytes,
        "small_files": found.small_files,
        "log_entries": found.log_entries,
        "checkpoint": found.checkpoint,
        "checkpoint_at": found.checkpoint_at and isoformat(found.checkpoint_at),
        "commits_to_go": found.commits_to_go,
        "left_files": found.left_files,
        "left_bytes": found.left_bytes,
        "would": [{"action": outcome.action, "detail": outcome.detail} for outcome in outcomes],
    }
