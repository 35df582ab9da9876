"""The Spark job that the engine is measured against: what an engineer writes in an afternoon. Not part of the lakehouse.

A topic by Structured Streaming, `from_json`, ids of the batch made unique, a MERGE into a Delta table of events by id, and the
figures of each minute added to a second table by another MERGE. It keeps no raw bytes, no reasons of rejection and no ledger,
counts no distinct users, fills one table of figures where the lakehouse fills four, and counts a batch twice that comes twice.
The session has Spark's own defaults, but for what every small job sets: as many parts of a shuffle as cores, and a heap.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from rtlakehouse.engines.spark.making import session_options
from rtlakehouse.engines.spark.session import start
from rtlakehouse.settings import load_settings

__all__ = ["main"]

# What the engine's session changes for itself, as Spark has it.
_AS_SPARK_HAS_IT = {
    "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
}
_HEAP_MB = 2048
_TYPES = "('page_view', 'add_to_cart', 'purchase', 'refund')"
_EVENT = (
    "event_id string, event_type string, user_id string, product_id string, price decimal(18,4), quantity int, currency string, "
    "ts bigint, order_id string, session_id string, country string, device string, campaign string, referrer string"
)
_SILVER = (
    f"create table delta.`{{path}}` ({_EVENT}, event_time timestamp, event_date date) using delta partitioned by (event_date)"
)
_FIGURES = "minute timestamp, currency string, events bigint, units bigint, gross decimal(38,4)"
_GOLD = f"create table delta.`{{path}}` ({_FIGURES}) using delta"
_MERGE_SILVER = """
    merge into delta.`{path}` as kept using batch on kept.event_date = batch.event_date and kept.event_id = batch.event_id
    when not matched then insert *
"""
_MERGE_GOLD = """
    merge into delta.`{path}` as kept using figures as added on kept.minute = added.minute and kept.currency = added.currency
    when matched then update set events = kept.events + added.events, units = kept.units + added.units,
        gross = kept.gross + added.gross
    when not matched then insert *
"""


def main(address: str, topic: str, folder: Path, batch_events: int, events: int) -> None:
    """Work through so many messages of the topic; print how many are done after each batch."""
    # Spark would make this folder where the command was given.
    conf = _AS_SPARK_HAS_IT | {"spark.sql.warehouse.dir": str(folder / "warehouse")}
    settings = load_settings(spark_driver_mb=_HEAP_MB, spark_conf=conf)
    spark = start(session_options(settings))
    done = 0

    def take(messages: DataFrame, _: int) -> None:
        nonlocal done
        messages.persist()
        _merge(messages, folder)
        done += messages.count()
        messages.unpersist()
        print(done, flush=True)  # noqa: T201 - what the benchmark reads

    for name, statement in (("silver", _SILVER), ("gold", _GOLD)):
        spark.sql(statement.format(path=folder / name))
    source = spark.readStream.format("kafka").option("kafka.bootstrap.servers", address).option("subscribe", topic)
    messages = source.option("startingOffsets", "earliest").option("maxOffsetsPerTrigger", batch_events).load()
    query = messages.writeStream.foreachBatch(take).option("checkpointLocation", str(folder / "checkpoint")).start()
    while done < events and query.isActive:
        query.awaitTermination(1)
    if (error := query.exception()) is not None:
        raise error
    query.stop()


def _merge(messages: DataFrame, folder: Path) -> None:
    # A query has a session of its own, which alone knows the views of its batches.
    spark = messages.sparkSession
    event = f.from_json(f.col("value").cast("string"), _EVENT)
    parsed = messages.select(event.alias("event")).select("event.*")
    valid = parsed.where(f"event_id is not null and event_type in {_TYPES} and price >= 0 and quantity >= 1 and ts is not null")
    timed = valid.withColumn("event_time", f.timestamp_millis("ts")).withColumn("event_date", f.to_date("event_time"))
    unique = timed.dropDuplicates(["event_id"]).persist()
    unique.createOrReplaceTempView("batch")
    spark.sql(_MERGE_SILVER.format(path=folder / "silver"))
    sales = f.col("event_type") == "purchase"
    unique.groupBy(f.date_trunc("minute", "event_time").alias("minute"), "currency").agg(
        f.count("*").alias("events"),
        f.sum(f.when(sales, f.col("quantity")).otherwise(0)).alias("units"),
        f.sum(f.when(sales, f.col("price") * f.col("quantity")).otherwise(0)).cast("decimal(38,4)").alias("gross"),
    ).createOrReplaceTempView("figures")
    spark.sql(_MERGE_GOLD.format(path=folder / "gold"))
    unique.unpersist()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
