"""The records that are certified where none are given: simulated shoppers', with much dirt."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pyarrow as pa

from rtlakehouse.contract.contract import MAX_BYTES
from rtlakehouse.contract.refine import Limits
from rtlakehouse.ingest.appender import BronzeAppender
from rtlakehouse.ingest.records import records
from rtlakehouse.medallion.table import UTC_TIME
from rtlakehouse.simulate.dirt import MALFORMED, Dirt, Records
from rtlakehouse.simulate.model import ShopModel, Shoppers
from rtlakehouse.storage.lake import Lake

__all__ = ["BREAKING", "simulated"]

# Much more of everything unusual than real streams have.
_DIRT = Dirt(malformed=0.02, duplicates=0.03, late=0.03, out_of_order=0.05)
_SECOND = timedelta(seconds=1)
_VISITORS = 2_000
_PARTITIONS = 4
_SPACING_MS = 50


def _dated(shift: timedelta) -> Callable[[str], bytes]:
    """Have a record happen that much later."""
    milliseconds = shift // timedelta(milliseconds=1)
    return lambda text: re.sub(r'(?<="ts":)\d+', lambda ts: str(int(ts[0]) + milliseconds), text, count=1).encode()


# Also what no simulator sends, so that every reason there is to reject a record is among them.
BREAKING = MALFORMED | {
    "oversized": lambda text: text[:-1].encode() + b',"x":"' + b"x" * MAX_BYTES + b'"}',
    "future_timestamp": _dated(Limits().future + _SECOND),
    "too_late": _dated(-Limits().late - _SECOND),
}


def simulated(lake: Lake, events: int, seed: int, start: datetime, chunk: int, spacing_ms: int = _SPACING_MS) -> None:
    """Bronze commits of simulated shoppers' records, with much dirt: evenly spaced from `start` on, in four partitions."""
    source = Records(Shoppers(ShopModel(), seed, visitors=_VISITORS), _DIRT, seed, BREAKING)
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
