"""What became of a batch's records, by tenant and source partition: the ledger's rows before they are written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.medallion.ops import LEDGER, LET_GO

__all__ = ["ACCEPTED", "DUPLICATE", "QUARANTINED", "Account", "counted"]

ACCEPTED, DUPLICATE, QUARANTINED = "accepted", "duplicates", "quarantined"

_PLACE = ["tenant_id", "source", "topic", "partition"]
_COUNTS = ["received", ACCEPTED, DUPLICATE, QUARANTINED, "late"]
_BOUNDS = {"first_position": "min", "last_position": "max", "min_event_time": "min", "max_event_time": "max"}
_KINDS = dict.fromkeys(_COUNTS, "sum") | _BOUNDS
_WINDOW = pa.field("window_start", pa.timestamp("us", "UTC"))
_COUNTED = pa.schema([_WINDOW, *(LEDGER.schema.field(name) for name in (*_PLACE, *_KINDS))])


class Account:
    """The counts of a batch: parts of it, `counted` wherever they were."""

    def __init__(self, parts: Iterable[pa.Table]) -> None:
        self._counted = pa.concat_tables([_COUNTED.empty_table(), *parts])

    @property
    def windows(self) -> list[datetime]:
        """The windows that have accepted events, in order."""
        return sorted(pc.unique(self._counted[_WINDOW.name]).drop_null().to_pylist())

    @property
    def totals(self) -> dict[str, int]:
        """Of all records: `received`, `accepted`, `duplicates`, `quarantined`, `late`."""
        return {name: pc.sum(self._counted[name]).as_py() or 0 for name in _COUNTS}

    @property
    def max_event_time(self) -> datetime | None:
        found: datetime | None = pc.max(self._counted["max_event_time"]).as_py()
        return found

    def ledger(self, batch: int, versions: Mapping[str, int], now: datetime) -> pa.Table:
        """Rows of ops.ledger."""
        rows = _grouped(self._counted, _PLACE)
        said: dict[str, Any] = {"batch": batch, "versions": json.dumps(versions), "committed_at": now}
        said |= dict.fromkeys(LET_GO)
        for name, value in said.items():
            rows = rows.append_column(name, pa.repeat(pa.scalar(value, LEDGER.schema.field(name).type), len(rows)))
        return LEDGER.conform(rows.sort_by([(name, "ascending") for name in _PLACE]))


def counted(fates: Mapping[str, pa.Table]) -> pa.Table:
    """Counts of records by place, and by window of the accepted ones. fates: the records by what became of them."""
    records = pa.concat_tables([_each(fate, records) for fate, records in fates.items()])
    return _grouped(records, [_WINDOW.name, *_PLACE]).select(_COUNTED.names).cast(_COUNTED)


def _each(fate: str, records: pa.Table) -> pa.Table:
    """Records as rows of `_COUNTED`, one for each."""
    count = len(records)
    columns: dict[str, Any] = {name: records[name] for name in _PLACE}
    columns |= {name: pa.repeat(int(name in ("received", fate)), count) for name in _COUNTS}
    columns |= dict.fromkeys(("first_position", "last_position"), records["position"])
    happened = pa.nulls(count, _WINDOW.type)
    if fate == ACCEPTED:
        happened = records["event_time"]
        columns["late"] = records["is_late"].cast(pa.int64())
    columns |= dict.fromkeys(("min_event_time", "max_event_time"), happened)
    columns[_WINDOW.name] = pc.floor_temporal(happened, unit="minute")
    return pa.table([columns[name] for name in _COUNTED.names], _COUNTED.names).cast(_COUNTED)


def _grouped(rows: pa.Table, keys: list[str]) -> pa.Table:
    found = rows.group_by(keys, use_threads=False).aggregate(list(_KINDS.items()))
    return found.rename_columns({f"{name}_{kind}": name for name, kind in _KINDS.items()})
