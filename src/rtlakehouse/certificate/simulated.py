"""The records that are certified where none are given: simulated shoppers', with much dirt."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa

from rtlakehouse.ingest.appender import BronzeAppender
from rtlakehouse.ingest.records import records
from rtlakehouse.medallion.table import UTC_TIME
from rtlakehouse.simulate.dirt import Dirt, Records
from rtlakehouse.simulate.model import ShopModel, Shoppers
from rtlakehouse.storage.lake import Lake

__all__ = ["simulated"]

# Much more of everything unusual than real streams have.
_DIRT = Dirt(malformed=0.02, duplicates=0.03, late=0.03, out_of_order=0.05)
_VISITORS = 2_000
_PARTITIONS = 4
_SPACING_MS = 50


def simulated(lake: Lake, events: int, seed: int, start: datetime, chunk: int, spacing_ms: int = _SPACING_MS) -> None:
    """Bronze commits of simulated shoppers' records, with much dirt: evenly spaced from `start` on, in four partitions."""
    source = Records(Shoppers(ShopModel(), seed, visitors=_VISITORS), _DIRT, seed)
    appender = BronzeAppender(lake, "certificate")
    start_ms = round(start.timestamp() * 1000)
    positions = [0] * _PARTITIONS
    for number, first in enumerate(range(0, events, chunk)):
        sent_ms = [start_ms + i * spacing_ms for i in range(first, min(first + chunk, events))]
        partition = number % _PARTITIONS
        rows = records(
            [source.next(at_ms) for at_ms in sent_ms],
            tenant_id="default",
            source="memory",
            topic="certificate",
            partition=partition,
            first_position=positions[partition],
            received_at=None,
            ingested_at=start,
        )
        received = pa.array(sent_ms, pa.timestamp("ms", "UTC")).cast(UTC_TIME)
        appender.append(rows.set_column(rows.column_names.index("received_at"), "received_at", received), number)
        positions[partition] += len(sent_ms)
