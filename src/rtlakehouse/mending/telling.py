"""What mending did, or would do, as rows of a job's result."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pyarrow as pa

from rtlakehouse.clock import isoformat
from rtlakehouse.medallion.gold import KPIS_1M
from rtlakehouse.mending.deciding import Change
from rtlakehouse.mending.windows import Rebuilt

__all__ = ["told"]

_SHOWN = 20
_FIGURES = ("events", "page_views", "add_to_carts", "purchases", "refunds", "units", "active_users", "late_events")


def told(
    operation: str,
    change: Change,
    rebuilt: Mapping[str, Rebuilt],
    damage: Collection[tuple[str, str]],
    records: int,
    tenant_id: str,
    dry: bool,
) -> list[dict[str, Any]]:
    """A row for each table that changes, for each damaged file, and for the first windows of a tenant whose figures change."""
    would = "would " if dry else ""
    rows = [_row(operation, table, f"{would}rebuild {path}, which is damaged") for table, path in damage]
    for table, new in change.new.items():
        if new.num_rows or change.old[table].num_rows:
            rows.append(_row(operation, table, would + _exchanged(change.old[table].num_rows, new.num_rows)))
    for table, found in rebuilt.items():
        if found.windows:
            rows.append(_row(operation, table, f"{would}rebuild {len(found.windows):,} windows"))
    rows += _figures(operation, rebuilt[KPIS_1M.name], tenant_id)
    return rows or [{"action": operation, "detail": f"Nothing differs: {records:,} records were looked at."}]


def _exchanged(old: int, new: int) -> str:
    if old and new:
        return f"put {new:,} rows in place of {old:,}"
    return f"add {new:,} rows" if new else f"remove {old:,} rows"


def _figures(operation: str, found: Rebuilt, tenant_id: str) -> list[dict[str, Any]]:
    before, after = _by_window(found.before, tenant_id), _by_window(found.after, tenant_id)
    windows = sorted(before.keys() | after.keys())[:_SHOWN]
    return [
        {
            "table": KPIS_1M.name,
            "action": operation,
            "detail": f"{isoformat(window)}: {_moved(before.get(window), after.get(window))}",
            "window_start": isoformat(window),
            "before": before.get(window),
            "after": after.get(window),
        }
        for window in windows
    ]


def _by_window(tables: list[pa.Table], tenant_id: str) -> dict[Any, dict[str, int]]:
    rows = (row for table in tables for row in table.to_pylist() if row["tenant_id"] == tenant_id)
    return {row["window_start"]: {name: row[name] for name in _FIGURES} for row in rows}


def _moved(before: Mapping[str, int] | None, after: Mapping[str, int] | None) -> str:
    pairs = {name: ((before or {}).get(name, 0), (after or {}).get(name, 0)) for name in _FIGURES}
    moved = [f"{name} {one:,} -> {other:,}" for name, (one, other) in pairs.items() if one != other]
    return ", ".join(moved) or "the same figures"


def _row(operation: str, table: str, detail: str) -> dict[str, Any]:
    return {"table": table, "action": operation, "detail": detail}
