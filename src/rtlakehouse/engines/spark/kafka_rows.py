"""Kafka's records as Spark reads them, in the shape of bronze: what `ingest/kafka_records.py` makes of messages."""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from rtlakehouse.engines.spark.types import instant
from rtlakehouse.ingest.kafka_records import TENANT_HEADER
from rtlakehouse.ingest.records import DEFAULT_TENANT, TENANT_PATTERN
from rtlakehouse.medallion.bronze import EVENTS

__all__ = ["bronze_rows"]

# Kafka's own mark of a record that it has no time for.
_NO_TIME = -1
# A line feed at the end of a name makes it another one.
_TENANT = TENANT_PATTERN.removesuffix("$") + r"\z"
# Of several headers of one name the last counts, and bytes that are no UTF-8 are replaced: see the session's settings.
_TEXTS = "map_from_entries(transform(headers, header -> struct(header.key, decode(header.value, 'UTF-8'))))"


def bronze_rows(records: DataFrame, stream: str, ingested_at: datetime) -> DataFrame:
    """Rows of bronze.events, by partition and position within each part. A record without a value is an empty one."""
    texts = records.withColumn("texts", f.when(f.size("headers") > 0, f.expr(_TEXTS)))
    tenant = f.element_at("texts", TENANT_HEADER)
    columns = {
        "tenant_id": f.when(tenant.rlike(_TENANT), tenant).otherwise(DEFAULT_TENANT),
        "source": f.lit("kafka"),
        "topic": f.lit(stream),
        "partition": f.col("partition"),
        "position": f.col("offset"),
        "key": f.col("key"),
        "headers": f.to_json("texts"),
        "received_at": f.when(f.col("timestampType") != _NO_TIME, f.col("timestamp")),
        "ingested_at": instant(ingested_at),
        "raw": f.coalesce("value", f.lit(b"")),
    }
    rows = texts.select(*(columns[name].alias(name) for name in EVENTS.column_names))
    # As many files as can be written at once: more only make later commits slower.
    few = rows.coalesce(rows.sparkSession.sparkContext.defaultParallelism)
    return few.sortWithinPartitions("partition", "position")
