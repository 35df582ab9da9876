"""Silver: every record of bronze once more, as an accepted event, a duplicate, or in quarantine."""

from __future__ import annotations

import pyarrow as pa

from rtlakehouse.contract.contract import Contract, Field, load
from rtlakehouse.medallion.bronze import COORDINATES
from rtlakehouse.medallion.table import DATE, UTC_TIME, Column, Kind, Table

__all__ = ["DUPLICATES", "EVENTS", "QUARANTINE", "events_table"]

_RECEIVED_AT = Column("received_at", UTC_TIME, "The source's time of the record; else the event's own; else its ingestion.")
_CONTRACT_VERSION = Column("contract_version", pa.int32(), "The contract version it was judged by.")


def _column(field: Field) -> Column:
    if field.kind == "decimal":
        arrow_type = pa.decimal128(field.precision, field.scale)
    else:
        arrow_type = pa.int64() if field.kind == "integer" else pa.string()
    return Column(field.name, arrow_type, field.doc, nullable=not field.required)


def events_table(contract: Contract) -> Table:
    """`silver.events` for a contract: a later version's fields are columns added at the end of the contract's."""
    fields = tuple(_column(field) for field in contract.fields if field.kind != "timestamp")
    return Table(
        name="silver.events",
        kind=Kind.APPEND,
        grain="one accepted event",
        columns=(
            *COORDINATES,
            *fields,
            Column("event_time", UTC_TIME, "When it happened (`ts`)."),
            _RECEIVED_AT,
            Column("lateness_ms", pa.int64(), "received_at - event_time in whole milliseconds, rounded down."),
            Column("is_late", pa.bool_(), "Whether it was received more than the watermark after it happened."),
            Column("extras", pa.string(), "Members that the contract does not name, as a JSON object.", nullable=True),
            _CONTRACT_VERSION,
            Column("event_date", DATE, "UTC date of event_time; the table's partition."),
        ),
        key=("tenant_id", "source", "topic", "partition", "position"),
        sources=("bronze.events",),
        partition_by=("event_date",),
    )


EVENTS = events_table(load())

QUARANTINE = Table(
    name="silver.quarantine",
    kind=Kind.APPEND,
    grain="one rejected record",
    columns=(
        *COORDINATES,
        Column("raw", pa.binary(), "The record, byte for byte."),
        Column("reasons", pa.list_(pa.string()), "Every rule it breaks, from the closed list."),
        _CONTRACT_VERSION,
        _RECEIVED_AT,
    ),
    key=("tenant_id", "source", "topic", "partition", "position"),
    sources=("bronze.events",),
)

DUPLICATES = Table(
    name="silver.duplicates",
    kind=Kind.APPEND,
    grain="one duplicate of an accepted event",
    columns=(
        *COORDINATES,
        Column("event_id", pa.string(), "The id that both have."),
        Column("event_time", UTC_TIME, "When the duplicate says it happened."),
        Column("is_late", pa.bool_(), "Whether the duplicate came in late."),
        Column("kept_source", pa.string(), "Source of the event that was kept."),
        Column("kept_topic", pa.string(), "Its topic."),
        Column("kept_partition", pa.int32(), "Its partition."),
        Column("kept_position", pa.int64(), "Its position."),
    ),
    key=("tenant_id", "source", "topic", "partition", "position"),
    sources=("bronze.events",),
)
