"""The ledger's rows of a batch: for each tenant and source partition, what became of its records."""

from __future__ import annotations

import json
from datetime import datetime

import duckdb
import pyarrow as pa

from rtlakehouse.contract.refine import Refined
from rtlakehouse.contract.statement import Statement
from rtlakehouse.contract.times import in_utc
from rtlakehouse.engines.base import Batch
from rtlakehouse.engines.embedded.dedupe import Deduplicated
from rtlakehouse.errors import InvariantError
from rtlakehouse.medallion.ops import LEDGER, LET_GO

__all__ = ["LedgerRows"]

_PLACE = ["tenant_id", "source", "topic", "partition"]

_COUNTS = """
    with fates as (
        select tenant_id, source, topic, partition, position, 1 as received, 0 as accepted, 0 as duplicates, 0 as quarantined,
            0 as late, null::timestamp as event_time from received
        union all
        select tenant_id, source, topic, partition, position, 0, 1, 0, 0, is_late::int, event_time from accepted
        union all
        select tenant_id, source, topic, partition, position, 0, 0, 1, 0, 0, null from duplicates
        union all
        select tenant_id, source, topic, partition, position, 0, 0, 0, 1, 0, null from quarantined
    )
    select tenant_id, source, topic, partition,
        min(position) as first_position, max(position) as last_position,
        sum(received) as received, sum(accepted) as accepted, sum(duplicates) as duplicates, sum(quarantined) as quarantined,
        sum(late) as late, min(event_time) as min_event_time, max(event_time) as max_event_time
    from fates group by tenant_id, source, topic, partition order by tenant_id, source, topic, partition
"""


class LedgerRows:
    """Makes rows of ops.ledger."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._counts = Statement(connection, _COUNTS)

    def __call__(
        self, batch: Batch, refined: Refined, deduplicated: Deduplicated, versions: dict[str, int], now: datetime
    ) -> pa.Table:
        """The rows of a batch. Raises InvariantError where a record is unaccounted for or counted twice."""
        place = [*_PLACE, "position"]
        counts = self._counts(
            received=batch.records.select(place),
            accepted=deduplicated.kept.select([*place, "is_late", "event_time"]),
            duplicates=deduplicated.duplicates.select(place),
            quarantined=refined.rejected.select(place),
        )
        for row in counts.to_pylist():
            if row["received"] != row["accepted"] + row["duplicates"] + row["quarantined"]:
                raise InvariantError(f"The batch up to bronze version {batch.upto} does not add up: {row}.")
        of_all = {"batch": batch.upto, "versions": json.dumps(versions), "committed_at": now}
        of_all |= dict.fromkeys(LET_GO)
        for name, value in of_all.items():
            counts = counts.append_column(name, pa.repeat(pa.scalar(value, LEDGER.schema.field(name).type), len(counts)))
        return LEDGER.conform(in_utc(counts))
