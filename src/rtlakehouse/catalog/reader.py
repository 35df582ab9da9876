"""Snapshots of a few tables for a process that looks now and then: nothing is followed, and nothing is read ahead."""

from __future__ import annotations

import os
from collections.abc import Collection
from itertools import count

import duckdb

from rtlakehouse.catalog.files import GoldFiles
from rtlakehouse.catalog.past import Past
from rtlakehouse.catalog.snapshot import KEEPERS, Snapshot
from rtlakehouse.clock import Clock
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.live import LiveFiles

__all__ = ["TableReader"]

_NUMBERS = count()


class TableReader:
    """Reads tables of a lake; one thread uses it. memory_mb: for DuckDB. gold_mb: for gold files held in memory."""

    def __init__(self, lake: Lake, clock: Clock, tables: Collection[str], *, memory_mb: int, gold_mb: int) -> None:
        self._lake = lake
        self._clock = clock
        spill = lake.control / "cache" / f"reader-{os.getpid()}-{next(_NUMBERS)}"
        self._connection = duckdb.connect(config={"threads": 1, "memory_limit": f"{memory_mb}MB", "temp_directory": str(spill)})
        self._gold = GoldFiles(gold_mb << 20)
        self._past = Past(lake, clock)
        self._tables = tables
        self._live: dict[str, LiveFiles] = {}

    def snapshot(self) -> Snapshot:
        """The tables as of the newest complete batch."""
        versions = self._lake.vector()
        for name in self._tables:
            self._advance(name, versions[name])
        return Snapshot(
            root=self._lake.root,
            versions={name: live.version for name, live in self._live.items()},
            files={name: dict(live.files) for name, live in self._live.items()},
            processed=versions["bronze.events"],
            as_of=self._clock.now(),
            is_latest=True,
            connection=self._connection,
            gold=self._gold,
            digests={},
            gone=self._past.gone,
            floors={layer: self._lake.kept_since(name) for layer, name in KEEPERS.items()},
        )

    def _advance(self, name: str, version: int) -> None:
        live = self._live.get(name)
        for _ in live.advance(version) if live else ():
            pass
        # One that falls behind had its log cleaned faster than it was followed.
        if live is None or live.version < version:
            self._live[name] = LiveFiles(self._lake.path(name), version)

    def close(self) -> None:
        self._connection.close()
