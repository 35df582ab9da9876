"""One more final minute of every series of shops, worked out from gold as the engine does that tells of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import duckdb
import pyarrow as pa

from rtlakehouse.benchmarks.figure import Figure, Limit
from rtlakehouse.clock import SystemClock
from rtlakehouse.journals import ToldAnomalies
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.journal import ANOMALIES
from rtlakehouse.ml.series import MINUTE
from rtlakehouse.storage.lake import Lake

__all__ = ["told_minutes"]

# The last evening of a week, which is when most is known that a minute is judged by.
_NOW = datetime(2026, 11, 29, 21, tzinfo=UTC)
_START = datetime(2026, 11, 19, tzinfo=UTC)
_DAY = timedelta(days=1)
_REPEATS = 30
_TARGET_MS = 100
# What the windows of each table are of.
_KEYS = {
    "gold.kpis_1m": "select 1 as one",
    "gold.revenue_1m": "select 'EUR' as currency",
    "gold.segments_1m": "select dimension, format('{}-{}', dimension, n) as value"
    " from unnest(['country', 'device', 'campaign', 'referrer']) as dimensions(dimension), range(20) as numbers(n)",
}


@dataclass
class _Shops:
    """Gold of so many shops with 18 series of all and 400 of segments: 100 to 200 of everything each minute."""

    lake: Lake
    count: int
    _commits: int = 0
    _connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    def put(self, start: datetime, minutes: int) -> None:
        """These minutes, otherwise than they were."""
        self._commits += 1
        starts = [start + minute * MINUTE for minute in range(minutes)]
        for name in ANOMALIES.sources:
            rows = self._rows(name, start, minutes)
            writer = self.lake.writer(name)
            writer.seal(writer.replace(rows, starts, "rtl.benchmark", self._commits, {}))

    def _rows(self, name: str, start: datetime, minutes: int) -> pa.Table:
        schema, keys = TABLES[name].schema, self._connection.sql(_KEYS[name]).columns
        own = {"tenant_id", "window_start", "window_end", *keys}
        figures = ", ".join(
            f"cast(100 + hash(shop, window_start, {', '.join(keys)}, '{each}', $commit) % 100 as smallint) as {each}"
            for each in schema.names
            if each not in own
        )
        sql = f"""
            select format('shop-{{}}', shop) as tenant_id, window_start, window_start + interval 1 minute as window_end,
                keys.*, {figures}
            from ({_KEYS[name]}) as keys, range($shops) as shops(shop),
                (select $start + interval 1 minute * n as window_start from range($minutes) as minutes(n))
            order by window_start
        """
        bound = {"shops": self.count, "start": start.replace(tzinfo=None), "minutes": minutes, "commit": self._commits}
        return self._connection.sql(sql, params=bound).to_arrow_table().select(schema.names).cast(schema)


def told_minutes(folder: Path, shops: int) -> Iterator[Figure]:
    """Each after three minutes have been written anew: the one that has just ended, and two that late events came for."""
    gold = _Shops(Lake.create(folder), shops)
    start = _START
    while start < _NOW:
        step = min(_DAY if _NOW - start > _DAY else timedelta(hours=1), _NOW - start)
        gold.put(start, step // MINUTE)
        start += step
    teller = ToldAnomalies(gold.lake, SystemClock(), timedelta())
    first = _tell(teller, _NOW)
    each = []
    for minute in range(1, _REPEATS + 1):
        now = _NOW + minute * MINUTE
        gold.put(now - 3 * MINUTE, 3)
        each.append(_tell(teller, now))
    of = "of a shop's 418 series" if shops == 1 else f"of {shops} shops' 418 series each"
    beside = [Limit("longest", max(each), "ms"), Limit("the first look after a start", first / 1e3, "s")]
    beside.append(Limit("kept of what was learned", teller.kept_bytes / (1 << 20), "MB"))
    target = _TARGET_MS if shops == 1 else None
    yield Figure(
        f"anomalies_minute_{shops}", f"telling of one more minute {of}, processor time", median(each), "ms", target, beside=beside
    )


def _tell(teller: ToldAnomalies, now: datetime) -> float:
    """Milliseconds of processor time."""
    began = time.process_time()
    news = teller.news(now, None)
    if news is not None:
        teller.keep(news)
    return (time.process_time() - began) * 1e3
