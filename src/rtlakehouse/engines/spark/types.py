"""Arrow types as Spark's, and Spark's rows as Arrow's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

__all__ = ["collected", "ddl", "instant", "microseconds", "spark_type"]

_SIMPLE = {
    pa.string(): "string",
    pa.binary(): "binary",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("us", "UTC"): "timestamp",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def spark_type(arrow_type: pa.DataType) -> str:
    """Spark's name of a type that the tables use."""
    if pa.types.is_decimal(arrow_type):
        return f"decimal({arrow_type.precision},{arrow_type.scale})"
    if pa.types.is_list(arrow_type):
        return f"array<{spark_type(arrow_type.value_type)}>"
    return _SIMPLE[arrow_type]


def ddl(schema: pa.Schema) -> str:
    """A schema as Spark's readers and functions take it."""
    return ", ".join(f"`{field.name}` {spark_type(field.type)}" for field in schema)


def collected(rows: DataFrame, schema: pa.Schema) -> pa.Table:
    """All rows, here, in this schema. `DataFrame.toArrow` is the same, and Spark 4's alone."""
    batches = rows.select(*schema.names)._collect_as_arrow()  # type: ignore[operator]  # pyspark gives it no type
    return pa.Table.from_batches(batches).cast(schema) if batches else schema.empty_table()


def instant(at: datetime) -> Column:
    """A point in time. A literal made of a datetime goes through Java's old calendar, which knows other days before 1582."""
    return f.timestamp_micros(f.lit(microseconds(at)))


def microseconds(at: datetime) -> int:
    """Since the epoch, as Spark's `unix_micros`."""
    return (at - _EPOCH) // timedelta(microseconds=1)
