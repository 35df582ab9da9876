"""Kafka's records as Spark reads them, as files in the shape of bronze: what `ingest/kafka_records.py` makes of messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.engines.spark.sharing import Results, columns_of, gathered, result
from rtlakehouse.ingest.kafka_records import tenants_and_texts
from rtlakehouse.medallion.bronze import EVENTS
from rtlakehouse.storage.data_files import write_files

__all__ = ["READ", "STORED", "storing"]

# Of Spark's columns.
READ = ("partition", "offset", "timestamp", "timestampType", "key", "value", "headers")
STORED = columns_of("files", "spans")

# So many records are in memory at a time, and in a file at most.
_AT_ONCE = 200_000
# Kafka's own mark of a record that it has no time for.
_NO_TIME = -1
_SEPARATOR = pa.scalar(b":", pa.binary())
_ORDER = ("partition", "position")


def storing(stream: str, ingested_at: datetime, folder: Path) -> Callable[[Results], Results]:
    """A function from records, `READ` of each, to the `files` that have them now, and the `spans` of positions in these.

    A file is in order of partition and position. A record without a value is an empty one.
    """

    def store(records: Results) -> Results:
        for rows in gathered((_rows(batch, stream, ingested_at) for batch in records if len(batch)), _AT_ONCE):
            ordered = rows.sort_by([(name, "ascending") for name in _ORDER])
            paths = write_files(folder, ordered, EVENTS.partition_by)
            spans = rows.group_by("partition").aggregate([("position", "min"), ("position", "max")])
            yield result(files=pa.table({"path": list(map(str, paths))}), spans=spans)

    return store


def _rows(records: pa.RecordBatch, stream: str, ingested_at: datetime) -> pa.Table:
    count = len(records)
    tenants, headers = _headers(records.column("headers"))
    columns = {
        "tenant_id": tenants,
        "source": pa.repeat("kafka", count),
        "topic": pa.repeat(stream, count),
        "partition": records.column("partition"),
        "position": records.column("offset"),
        "key": records.column("key"),
        "headers": headers,
        "received_at": pc.if_else(pc.equal(records.column("timestampType"), _NO_TIME), None, records.column("timestamp")),
        "ingested_at": pa.repeat(pa.scalar(ingested_at, EVENTS.schema.field("ingested_at").type), count),
        "raw": pc.fill_null(records.column("value"), b""),
    }
    return EVENTS.conform(pa.table(columns))


def _headers(of_records: pa.ListArray) -> tuple[pa.Array, pa.Array]:
    """For each record its tenant, and its headers as JSON. Worked out once for each set of headers, of which there are few."""
    codes = _spelled(of_records).dictionary_encode().indices
    _, firsts = np.unique(codes.to_numpy(), return_index=True)
    known = [
        tuple((header["key"], header["value"]) for header in headers or ())
        for headers in of_records.take(pa.array(firsts)).to_pylist()
    ]
    tenants, texts = tenants_and_texts(known)
    return tenants.take(codes), texts.take(codes)


def _spelled(of_records: pa.ListArray) -> pa.Array:
    """Each set of headers as one value. Lengths are written out, so that no two are spelled alike."""
    named = of_records.flatten()
    name, value = named.field("key").cast(pa.binary()), named.field("value")
    parts = (_length(name), name, pc.fill_null(_length(value), b"-"), pc.fill_null(value, b""))
    lengths = pc.fill_null(pc.list_value_length(of_records), 0).to_numpy()
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    each = pc.binary_join_element_wise(*parts, _SEPARATOR)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), each), _SEPARATOR)


def _length(texts: pa.Array) -> pa.Array:
    return pc.binary_length(texts).cast(pa.string()).cast(pa.binary())
