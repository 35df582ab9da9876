"""Bronze: what was received, byte for byte."""

from __future__ import annotations

import pyarrow as pa

from rtlakehouse.medallion.table import UTC_TIME, Column, Kind, Table

__all__ = ["COORDINATES", "EVENTS", "REPAIR"]

# The source of records that were taken out of quarantine: a topic a repair.
REPAIR = "repair"

COORDINATES = (
    Column("tenant_id", pa.string(), "Whose event it is."),
    Column("source", pa.string(), "Where it came in: `http`, `file` or `kafka`; `repair` where it was taken out of quarantine."),
    Column("topic", pa.string(), "Stream within the source: a Kafka topic, a file's identity, a repair's id, `events` for HTTP."),
    Column("partition", pa.int32(), "Partition of the topic; 0 where a source has one only."),
    Column("position", pa.int64(), "Place within the partition: Kafka's offset, else a count from 0 without holes."),
)

EVENTS = Table(
    name="bronze.events",
    kind=Kind.APPEND,
    grain="one received record",
    columns=(
        *COORDINATES,
        Column(
            "key",
            pa.binary(),
            "The record's key, where the source has keys; of a repair, the id in quarantine.",
            nullable=True,
        ),
        Column(
            "headers",
            pa.string(),
            "Its headers as a JSON object, where the source has them; of a repair, what was asked.",
            nullable=True,
        ),
        Column(
            "received_at",
            UTC_TIME,
            "The source's own time of the record; null for a replayed file, whose events' own times stand in.",
            nullable=True,
        ),
        Column("ingested_at", UTC_TIME, "When this row was committed."),
        Column("raw", pa.binary(), "The record, byte for byte."),
    ),
    key=("source", "topic", "partition", "position"),
)
