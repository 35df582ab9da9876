"""Records in the shape of bronze."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa

from rtlakehouse.medallion.bronze import EVENTS

__all__ = ["DEFAULT_TENANT", "TENANT_PATTERN", "records"]

# Whose a record is that comes without a key, a header or a flag that says so.
DEFAULT_TENANT = "default"
TENANT_PATTERN = r"^[a-z][a-z0-9_]{0,62}$"


def records(
    raw: pa.Array | Sequence[bytes],
    *,
    tenant_id: str | pa.Array,
    source: str,
    topic: str,
    partition: int,
    first_position: int,
    received_at: datetime | pa.Array | None,
    ingested_at: datetime,
) -> pa.Table:
    """Consecutive records of one partition that are committed together, as rows of bronze.events.

    tenant_id, received_at: one for all of them, or an array with that of each.
    """
    payloads = raw if isinstance(raw, pa.Array) else pa.array(raw, pa.binary())
    count = len(payloads)
    columns = {
        "tenant_id": _of_each("tenant_id", tenant_id, count),
        "source": pa.repeat(source, count),
        "topic": pa.repeat(topic, count),
        "partition": pa.repeat(pa.scalar(partition, pa.int32()), count),
        "position": pa.array(np.arange(first_position, first_position + count)),
        "key": pa.nulls(count, pa.binary()),
        "headers": pa.nulls(count, pa.string()),
        "received_at": _of_each("received_at", received_at, count),
        "ingested_at": _of_each("ingested_at", ingested_at, count),
        "raw": payloads,
    }
    return pa.table(columns)


def _of_each(column: str, value: object, count: int) -> pa.Array:
    return value if isinstance(value, pa.Array) else pa.repeat(pa.scalar(value, EVENTS.schema.field(column).type), count)
