"""What each engine makes of the same bronze, as a hash of every table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rtlakehouse.clock import Clock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.engines.registry import make_engine
from rtlakehouse.medallion.graph import GOLD, SIBLINGS
from rtlakehouse.pipeline import Pipeline
from rtlakehouse.settings import Settings
from rtlakehouse.storage.digest import digest
from rtlakehouse.storage.lake import Lake

__all__ = ["CERTIFIED", "Line", "certify", "compared"]

CERTIFIED = tuple(table.name for table in (*SIBLINGS, *GOLD))


@dataclass(frozen=True)
class Line:
    """A table: its rows, and the hash that each engine's rows have."""

    table: str
    rows: int
    hashes: dict[str, str]

    @property
    def equal(self) -> bool:
        return len(set(self.hashes.values())) == 1


def certify(settings: Settings, bronze: Lake, folder: Path, engines: Sequence[str], clock: Clock) -> Iterator[Line]:
    """Run each engine on a copy of this lake, of which only bronze is there yet, and compare what they made of it."""
    return compared({engine: _refined(settings, bronze, folder / engine, engine, clock) for engine in engines})


def compared(lakes: Mapping[str, Lake]) -> Iterator[Line]:
    """The tables of lakes that were refined, each by the engine of that name."""
    for table in CERTIFIED:
        hashes = {engine: digest(lake, table) for engine, lake in lakes.items()}
        yield Line(table, next(iter(lakes.values())).read(table).num_rows, hashes)


def _refined(settings: Settings, bronze: Lake, root: Path, engine: str, clock: Clock) -> Lake:
    shutil.copytree(bronze.root, root)
    lake = Lake.create(root)
    Pipeline(lake, make_engine(engine, settings, lake, clock, Limits.of(settings)), clock, None).drain()
    return lake
