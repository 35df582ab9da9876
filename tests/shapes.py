"""Between the oracle's plain values and the lake's Arrow tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

import oracle
from rtlakehouse.medallion.bronze import EVENTS
from rtlakehouse.medallion.graph import GOLD
from rtlakehouse.storage.lake import Lake

_PLACE = ("tenant_id", "source", "topic", "partition", "position")
_DERIVED = {"window_end"}


def bronze_rows(records: Sequence[oracle.Record]) -> pa.Table:
    """Records as rows of bronze.events."""
    columns: dict[str, list[Any]] = {name: [getattr(record, name, None) for record in records] for name in EVENTS.column_names}
    return pa.table({name: pa.array(values, EVENTS.schema.field(name).type) for name, values in columns.items()})


def found_in(lake: Lake) -> oracle.Expected:
    """What is in the lake, in the oracle's shape."""
    return oracle.Expected(
        silver={_place(row): event_of(row) for row in lake.read("silver.events").to_pylist()},
        quarantine={
            _place(row): {"reasons": row["reasons"], "raw": row["raw"]} for row in lake.read("silver.quarantine").to_pylist()
        },
        duplicates={
            _place(row): {
                "event_id": row["event_id"],
                "kept": (row["kept_source"], row["kept_topic"], row["kept_partition"], row["kept_position"]),
            }
            for row in lake.read("silver.duplicates").to_pylist()
        },
        gold={table.name: gold_rows(lake, table.name, table.key) for table in GOLD},
    )


def gold_rows(lake: Lake, name: str, key: tuple[str, ...]) -> oracle.Rows:
    rows: oracle.Rows = {}
    for row in lake.read(name).to_pylist():
        assert row["window_end"] - row["window_start"] == timedelta(minutes=1)
        row["window_start"] = oracle.microseconds(row["window_start"])
        found = tuple(row.pop(column) for column in key)
        assert found not in rows, f"{name} has {found} twice"
        rows[found] = {column: value for column, value in row.items() if column not in _DERIVED}
    return rows


def event_of(row: dict[str, Any]) -> dict[str, Any]:
    """A row of silver.events as the oracle's event."""
    at: datetime = row["event_time"]
    assert row["event_date"] == at.astimezone(UTC).date()
    assert isinstance(row["event_date"], date)
    event = {name: row[name] for name in oracle.FIELDS if name != "ts"}
    event["extras"] = None if row["extras"] is None else oracle.parse(row["extras"])
    return event | {"event_us": oracle.microseconds(at), "lateness_ms": row["lateness_ms"], "is_late": row["is_late"]}


def _place(row: dict[str, Any]) -> oracle.Key:
    return tuple(row[name] for name in _PLACE)


def as_json(**fields: Any) -> bytes:
    return json.dumps(fields).encode()
