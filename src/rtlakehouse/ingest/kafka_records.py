"""Kafka messages in the shape of bronze. Loops over messages run in C wherever they can: this is what limits the consumer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.ingest.records import DEFAULT_TENANT, TENANT_PATTERN
from rtlakehouse.medallion.bronze import EVENTS
from rtlakehouse.tracing import HEADER, MOST_CAUSES

__all__ = ["TENANT_HEADER", "Headers", "causes_of", "rows_of", "tenants_and_texts"]

TENANT_HEADER = "tenant"
# Of a `traceparent`; another's header may hold anything.
_LENGTH = 55
_TENANT = re.compile(TENANT_PATTERN)

# As confluent_kafka has them: name and value, several of one name in the order they were given.
Headers = tuple[tuple[str, bytes | None], ...]


def rows_of(messages: Sequence[Any], stream: str, ingested_at: datetime) -> pa.Table:
    """Rows of bronze.events for these messages, none of them an error, by partition and position.

    The tenant is what the header `tenant` says, where that is a tenant's name. A message without a value is an empty record.
    """
    kind = type(messages[0])
    count = len(messages)
    partitions = np.fromiter(map(kind.partition, messages), np.int32, count)
    received_ms = np.fromiter((stamp[1] for stamp in map(kind.timestamp, messages)), np.int64, count)
    tenants, headers = _headers(list(map(kind.headers, messages)))
    columns = {
        "tenant_id": tenants,
        "source": pa.repeat("kafka", count),
        "topic": pa.repeat(stream, count),
        "partition": pa.array(partitions),
        "position": pa.array(np.fromiter(map(kind.offset, messages), np.int64, count)),
        "key": pa.array(list(map(kind.key, messages)), pa.binary()),
        "headers": headers,
        # Brokers of before 0.10 give no time.
        "received_at": pa.array(received_ms, mask=received_ms < 0).cast(pa.timestamp("ms", "UTC")),
        "ingested_at": pa.repeat(pa.scalar(ingested_at, EVENTS.schema.field("ingested_at").type), count),
        "raw": pc.fill_null(pa.array(list(map(kind.value, messages)), pa.binary()), b""),
    }
    rows = pa.table(columns)
    if (partitions[1:] >= partitions[:-1]).all():
        return rows
    return rows.take(pa.array(np.argsort(partitions, kind="stable")))


def causes_of(messages: Sequence[Any]) -> list[str]:
    """The spans that the first of these messages were produced in, where they say so."""
    named = (value for message in messages for name, value in message.headers() or () if name == HEADER)
    proper = (value for value in named if value is not None and len(value) == _LENGTH)
    return [value.decode("ascii", "replace") for value in islice(dict.fromkeys(proper), MOST_CAUSES)]


def _headers(of_messages: Sequence[list[tuple[str, bytes | None]] | None]) -> tuple[pa.Array, pa.Array]:
    """For each message its tenant, and its headers as JSON. Worked out once for each set of headers, of which there are few."""
    known: dict[Headers | None, int] = {}
    codes = pa.array([known.setdefault(tuple(found) if found else None, len(known)) for found in of_messages], pa.int32())
    tenants, texts = tenants_and_texts(known)
    return tenants.take(codes), texts.take(codes)


def tenants_and_texts(known: Iterable[Headers | None]) -> tuple[pa.Array, pa.Array]:
    """For each of these sets of headers the tenant that it names, and the headers as JSON."""
    found = list(known)
    return pa.array(map(_tenant, found), pa.string()), pa.array(map(_json, found), pa.string())


def _tenant(headers: Headers | None) -> str:
    named = dict(headers or ()).get(TENANT_HEADER) or b""
    text = named.decode("utf-8", "replace")
    return text if _TENANT.fullmatch(text) else DEFAULT_TENANT


def _json(headers: Headers | None) -> str | None:
    """An object of texts; the last of several headers of one name. Bytes that are no UTF-8 are replaced."""
    if not headers:
        return None
    texts = {name: None if value is None else value.decode("utf-8", "replace") for name, value in headers}
    return msgspec.json.encode(texts).decode()
