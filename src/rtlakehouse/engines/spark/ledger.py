"""What became of a batch's records, by tenant and source partition: the ledger's rows before they are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from rtlakehouse.engines.spark.silver import MINUTE
from rtlakehouse.engines.spark.types import collected
from rtlakehouse.medallion.ops import LEDGER

__all__ = ["ACCEPTED", "DUPLICATE", "QUARANTINED", "Account", "account"]

ACCEPTED, DUPLICATE, QUARANTINED = "accepted", "duplicates", "quarantined"

_PLACE = ["tenant_id", "source", "topic", "partition"]
_COUNTS = ["received", ACCEPTED, DUPLICATE, QUARANTINED, "late"]
_LOWEST, _HIGHEST = ["first_position", "min_event_time"], ["last_position", "max_event_time"]
_MINUTE = pa.field("minute", pa.int64())
_COUNTED = pa.schema([*(LEDGER.schema.field(name) for name in (*_PLACE, *_COUNTS, *_LOWEST, *_HIGHEST)), _MINUTE])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Account:
    """The counts of a batch, by place and by minute of the accepted events."""

    def __init__(self, counted: pa.Table) -> None:
        self._counted = counted
        self.minutes: list[int] = sorted(pc.unique(counted[_MINUTE.name]).drop_null().to_pylist())

    @property
    def windows(self) -> list[datetime]:
        """The windows that have accepted events, in order."""
        return [_EPOCH + timedelta(minutes=minute) for minute in self.minutes]

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
        kinds = [*((name, "sum") for name in _COUNTS), *((n, "min") for n in _LOWEST), *((n, "max") for n in _HIGHEST)]
        rows = self._counted.group_by(_PLACE).aggregate(kinds)
        rows = rows.rename_columns({f"{name}_{kind}": name for name, kind in kinds})
        said: dict[str, Any] = {"batch": batch, "versions": json.dumps(versions), "committed_at": now}
        for name, value in said.items():
            rows = rows.append_column(name, pa.repeat(pa.scalar(value, LEDGER.schema.field(name).type), len(rows)))
        return LEDGER.conform(rows.sort_by([(name, "ascending") for name in _PLACE]))


def account(fates: DataFrame) -> Account:
    """Count judged records, each with its `fate`."""
    accepted = f.col("fate") == ACCEPTED
    minutes = f.when(accepted, f.expr(MINUTE)).alias(_MINUTE.name)
    fates_counted = [_sum(f.col("fate") == name, name) for name in (ACCEPTED, DUPLICATE, QUARANTINED)]
    bounds = [f.min("position").alias("first_position"), f.max("position").alias("last_position")]
    happened = f.when(accepted, f.col("event_time"))
    times = [f.min(happened).alias("min_event_time"), f.max(happened).alias("max_event_time")]
    late = _sum(accepted & f.col("is_late"), "late")
    counted = fates.groupBy(*_PLACE, minutes).agg(f.count("*").alias("received"), *fates_counted, late, *bounds, *times)
    return Account(collected(counted, _COUNTED))


def _sum(condition: Any, name: str) -> Any:
    return f.sum(f.when(condition, 1).otherwise(0)).alias(name)
