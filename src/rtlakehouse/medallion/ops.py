"""Ops: the ledger, which accounts for every record."""

from __future__ import annotations

import pyarrow as pa

from rtlakehouse.medallion.table import UTC_TIME, Column, Kind, Table

__all__ = ["LEDGER", "LET_GO"]

LEDGER = Table(
    name="ops.ledger",
    kind=Kind.APPEND,
    grain="batch, tenant, source partition",
    columns=(
        Column("batch", pa.int64(), "The bronze version up to which this batch took it."),
        Column("tenant_id", pa.string(), "Whose records."),
        Column("source", pa.string(), "Where they came in."),
        Column("topic", pa.string(), "The stream within the source."),
        Column("partition", pa.int32(), "Partition of the topic."),
        Column("first_position", pa.int64(), "Lowest position of this tenant in the batch."),
        Column("last_position", pa.int64(), "Highest position of this tenant in the batch."),
        Column("received", pa.int64(), "Records in bronze."),
        Column("accepted", pa.int64(), "Of them in silver.events."),
        Column("duplicates", pa.int64(), "Of them in silver.duplicates."),
        Column("quarantined", pa.int64(), "Of them in silver.quarantine."),
        Column("late", pa.int64(), "Accepted events that were late."),
        Column("min_event_time", UTC_TIME, "Earliest event_time accepted.", nullable=True),
        Column("max_event_time", UTC_TIME, "Latest event_time accepted.", nullable=True),
        Column("versions", pa.string(), "Version of every table after the batch, as a JSON object."),
        Column("committed_at", UTC_TIME, "When the batch was complete."),
        Column("expired", pa.int64(), "Records received that bronze keeps no more; null while it has all.", nullable=True),
        Column("quarantined_expired", pa.int64(), "Of quarantined, those kept no more; null while all are.", nullable=True),
        Column("expired_at", UTC_TIME, "When any of them was last let go.", nullable=True),
        Column("accepted_expired", pa.int64(), "Of accepted, those kept no more; null while all are.", nullable=True),
        Column("duplicates_expired", pa.int64(), "Of duplicates, those kept no more; null while all are.", nullable=True),
        Column("late_expired", pa.int64(), "Of late, those kept no more; null while all are.", nullable=True),
    ),
    key=("batch", "tenant_id", "source", "topic", "partition"),
    sources=("bronze.events", "silver.events", "silver.quarantine", "silver.duplicates"),
)

# What retention says later of a batch's records; null while it has let go of none.
LET_GO = ("expired", "quarantined_expired", "expired_at", "accepted_expired", "duplicates_expired", "late_expired")
