"""Gold on Spark: the rows of a table, computed by its own SQL."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from rtlakehouse.engines.spark.types import collected, spark_type
from rtlakehouse.medallion.table import Table

__all__ = ["rows_of"]


def rows_of(session: SparkSession, table: Table) -> pa.Table:
    """What the table's SQL makes of the view `events`, in the table's types. They are few: a row stands for many events."""
    computed = session.sql(table.query)
    return collected(computed.select(*(f.col(c.name).cast(spark_type(c.type)) for c in table.columns)), table.schema)
