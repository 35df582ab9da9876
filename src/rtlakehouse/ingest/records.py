"""Records in the shape of bronze."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa

from rtlakehouse.medallion.bronze import EVENTS

__all__ = ["TENANT_PATTERN", "records"]

TENANT_PATTERN = r"^[a-z][a-z0-9_]{0,62}$"


def records(
    raw: pa.Array | Sequence[bytes],
    *,
    tenant_id: str,
    source: str,
    topic: str,
    partition: int,
    first_position: int,
    received_at: datetime | None,
    ingested_at: datetime,
) -> pa.Table:
    """Consecutive records of one partition that came in together, as rows of bronze.events."""
    payloads = raw if isinstance(raw, pa.Array) else pa.array(raw, pa.binary())
    count = len(payloads)
    columns = {
        "tenant_id": pa.repeat(tenant_id, count),
        "source": pa.repeat(source, count),
        "topic": pa.repeat(topic, count),
        "partition": pa.repeat(pa.scalar(partition, pa.int32()), count),
        "position": pa.array(np.arange(first_position, first_position + count)),
        "key": pa.nulls(count, pa.binary()),
        "headers": pa.nulls(count, pa.string()),
        "received_at": pa.repeat(pa.scalar(received_at, EVENTS.schema.field("received_at").type), count),
        "ingested_at": pa.repeat(pa.scalar(ingested_at, EVENTS.schema.field("ingested_at").type), count),
        "raw": payloads,
    }
    return pa.table(columns)
