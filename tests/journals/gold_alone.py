"""A lake whose gold is written minute by minute, as an engine would leave it, with no events behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable

from rtlakehouse.clock import SystemClock
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits, Maintenance

__all__ = ["GOLD", "Gold", "Shop"]

GOLD = ("gold.kpis_1m", "gold.revenue_1m", "gold.segments_1m")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Shop:
    """segments: of each dimension, how many events a minute each value has. currencies: where money is in."""

    tenant_id: str
    segments: Mapping[tuple[str, str], float]
    currencies: Sequence[str] = ("EUR",)


@dataclass
class Gold:
    """Writes windows of gold."""

    lake: Lake
    random: np.random.Generator
    _commits: int = 0

    @classmethod
    def at(cls, path: Path, seed: int) -> Gold:
        return cls(Lake.create(path), np.random.default_rng(seed))

    def put(self, shops: Sequence[Shop], start: datetime, minutes: int, times: float = 1.0) -> None:
        """Other rows of these minutes, of all shops: `times` as much as usual; none at all where that is 0."""
        self._commits += 1
        starts = [start + minute * MINUTE for minute in range(minutes)]
        for name in GOLD:
            rows = [row for at in starts for shop in shops for row in self._rows(name, shop, at, times)] if times else []
            writer = self.lake.writer(name)
            writer.seal(writer.replace(pa.Table.from_pylist(rows, TABLES[name].schema), starts, "gold_alone", self._commits, {}))

    def compact(self) -> None:
        """Gather files: no row changes."""
        upkeep = Maintenance(self.lake, SystemClock(), Limits(compact_files=2))
        for name in GOLD:
            upkeep.compact(name)

    def versions(self) -> dict[str, int]:
        return {name: self.lake.version(name) for name in GOLD}

    def restore(self, versions: Mapping[str, int]) -> None:
        """As the tables were then."""
        for name, version in versions.items():
            DeltaTable(self.lake.path(name)).restore(version)

    def vacuum(self) -> None:
        """No file of an earlier version is left."""
        for name in GOLD:
            DeltaTable(self.lake.path(name)).vacuum(0, dry_run=False, enforce_retention_duration=False)

    def _rows(self, name: str, shop: Shop, at: datetime, times: float) -> list[dict[str, Any]]:
        every: dict[str, list[tuple[dict[str, Any], float]]] = {
            "gold.kpis_1m": [({}, sum(shop.segments.values()))],
            "gold.revenue_1m": [({"currency": each}, 2.0) for each in shop.currencies],
            "gold.segments_1m": [({"dimension": of, "value": value}, mean) for (of, value), mean in shop.segments.items()],
        }
        own = {"tenant_id": shop.tenant_id, "window_start": at, "window_end": at + MINUTE}
        counted = ((key, int(self.random.poisson(mean * times))) for key, mean in every[name])
        return [own | key | self._figures(name, key, count) for key, count in counted if count]

    def _figures(self, name: str, key: Mapping[str, Any], count: int) -> dict[str, Any]:
        fields = [each for each in TABLES[name].schema if each.name not in {"tenant_id", "window_start", "window_end", *key}]
        return {each.name: self._figure(each, count) for each in fields}

    def _figure(self, of: pa.Field, count: int) -> Any:
        if of.name in ("conversion_rate", "average_order_value"):
            return pa.scalar(round(float(self.random.random()), 2)).cast(of.type).as_py() if self.random.random() > 0.3 else None
        # Purchases and the like are rarer than events, and of some segments too rare to be judged.
        figure = count if of.name in ("events", "page_views", "gross") else int(self.random.binomial(count, 0.4))
        return pa.scalar(figure).cast(of.type).as_py()
