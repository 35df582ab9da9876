"""The certificate: the same bronze through two engines, and a hash of every table that each has made of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from rtlakehouse.clock import Clock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.engines.registry import make_engine
from rtlakehouse.ingest.appender import BronzeAppender
from rtlakehouse.ingest.records import records
from rtlakehouse.medallion.graph import GOLD, SIBLINGS
from rtlakehouse.medallion.table import UTC_TIME
from rtlakehouse.pipeline import Pipeline
from rtlakehouse.settings import Settings
from rtlakehouse.simulate.dirt import Dirt, Records
from rtlakehouse.simulate.model import ShopModel, Shoppers
from rtlakehouse.storage.digest import digest
from rtlakehouse.storage.lake import Lake

__all__ = ["CERTIFIED", "Line", "certify", "simulated"]

CERTIFIED = tuple(table.name for table in (*SIBLINGS, *GOLD))
# Much more of everything unusual than real streams have.
_DIRT = Dirt(malformed=0.02, duplicates=0.03, late=0.03, out_of_order=0.05)
_VISITORS = 2_000
_PARTITIONS = 4
_SPACING_MS = 50


@dataclass(frozen=True)
class Line:
    """A table: its rows, and the hash that each engine's rows have."""

    table: str
    rows: int
    hashes: dict[str, str]

    @property
    def equal(self) -> bool:
        return len(set(self.hashes.values())) == 1


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


def certify(settings: Settings, bronze: Lake, folder: Path, engines: Sequence[str], clock: Clock) -> Iterator[Line]:
    """Run each engine on a copy of this lake, of which only bronze is there yet, and compare what they made of it."""
    lakes = {engine: _refined(settings, bronze, folder / engine, engine, clock) for engine in engines}
    for table in CERTIFIED:
        hashes = {engine: digest(lake, table) for engine, lake in lakes.items()}
        yield Line(table, lakes[engines[0]].read(table).num_rows, hashes)


def _refined(settings: Settings, bronze: Lake, root: Path, engine: str, clock: Clock) -> Lake:
    shutil.copytree(bronze.root, root)
    lake = Lake.create(root)
    Pipeline(lake, make_engine(engine, settings, lake, clock, Limits.of(settings)), clock, None).drain()
    return lake
