"""What `gold.forecasts` is told: how figures go on, once an hour or a day of them is final.

A forecast that was told stays as it was, so that it can be held against what came. Of those metrics that are in gold as they are:
figures of distinct users and orders of an hour are counted in silver, which would be read as far back as a year each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pyarrow as pa

from rtlakehouse.catalog import Reading, Snapshot
from rtlakehouse.catalog.reader import TableReader
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.clock import Clock
from rtlakehouse.forecasts.learning import Asked, ahead, ask, last_final, learned
from rtlakehouse.journals import queries
from rtlakehouse.journals.journal import News, Said, hour_before, worked_out
from rtlakehouse.medallion.gold import KPIS_1M, REVENUE_1M
from rtlakehouse.medallion.journal import FORECASTS
from rtlakehouse.medallion.table import Table
from rtlakehouse.ml.forecasting import PLANS, Step, TooShort
from rtlakehouse.semantic.catalogue import Metric, load
from rtlakehouse.storage.lake import Lake

__all__ = ["STEPS", "ToldForecasts", "told_metrics"]

STEPS: tuple[Step, ...] = tuple(step for step in get_args(Step) if step in ("1h", "1d"))
_HOUR = timedelta(hours=1)
# A tenant without an event for as long as hours are looked back is not told of.
_LOOKED_BACK = PLANS["1h"].learned * _HOUR
_MEMORY_MB, _GOLD_MB = 128, 64
_NEVER = datetime.min.replace(tzinfo=UTC)
_Series = tuple[str, str, str | None, str]


class ToldForecasts:
    """A `Teller`. delay: after its end an hour is final. With the horizon and the level that are usual."""

    def __init__(self, lake: Lake, clock: Clock, delay: timedelta) -> None:
        self._lake = lake
        self._clock = clock
        self._delay = delay
        self._looked = self._through = _NEVER
        self._told: dict[_Series, datetime] | None = None
        self._news: dict[_Series, datetime] = {}

    @property
    def table(self) -> Table:
        return FORECASTS

    def is_due(self, now: datetime) -> bool:
        """Once an hour, as soon as one more is final."""
        return hour_before(now, self._delay) > self._looked

    def news(self, now: datetime, last: Said | None) -> News | None:
        self._looked = hour_before(now, self._delay)
        tables = (*FORECASTS.sources, FORECASTS.name)
        # Each time anew: what is read for it, a year at midnight, is not kept until the next hour.
        with closing(TableReader(self._lake, self._clock, tables, memory_mb=_MEMORY_MB, gold_mb=_GOLD_MB)) as reader:
            snapshot = reader.snapshot()
            newest = snapshot.newest_window()
            if newest is None or (end := min(self._looked, newest.replace(tzinfo=UTC) + _HOUR)) <= self._through:
                return None
            self._told = self._told or _told(snapshot)
            self._news = {}
            rows = list(self._rows(snapshot, end, self._told))
            versions = {name: snapshot.versions[name] for name in FORECASTS.sources}
        return News(pa.Table.from_pylist(rows, worked_out(FORECASTS)), Said(versions, end))

    def keep(self, news: News) -> None:
        self._told = (self._told or {}) | self._news
        self._through = news.said.through

    def _rows(self, snapshot: Snapshot, end: datetime, told: dict[_Series, datetime]) -> Iterator[dict[str, Any]]:
        for tenant_id, currency in _whose(snapshot, end):
            reading = Reading(tenant_id, snapshot, self._looked)
            for wanted in _asked(currency):
                series = (tenant_id, wanted.metric.name, currency, wanted.step)
                known = last_final(reading, wanted.length)
                if series not in told or told[series] < known:
                    self._news[series] = known
                    yield from _steps(reading, wanted)


def told_metrics() -> list[Metric]:
    """Those that are read off gold, in hours and in days."""
    return [metric for metric in load().metrics if all(_is_in_gold(metric, step) for step in STEPS)]


def _is_in_gold(metric: Metric, step: Step) -> bool:
    return ask(metric.name, "EUR" if metric.is_money else None, step).statement.table in FORECASTS.sources


def _asked(currency: str | None) -> Iterator[Asked]:
    """What is forecast of a currency; None: what is of none."""
    for metric in told_metrics():
        if metric.is_money == (currency is not None):
            yield from (ask(metric.name, currency, step) for step in STEPS)


def _whose(snapshot: Snapshot, end: datetime) -> list[tuple[str, str | None]]:
    """Tenants, and each with its currencies."""
    start = end - _LOOKED_BACK
    bound = {name: time.replace(tzinfo=None) for name, time in (("start", start), ("end", end))}
    only = Range("window_start", start, end)
    tenants = snapshot.query(queries.TENANTS, bound, kpis=(KPIS_1M.name, only))["tenant_id"].to_pylist()
    money = snapshot.query(queries.CURRENCIES, bound, revenue=(REVENUE_1M.name, only)).to_pylist()
    found: list[tuple[str, str | None]] = [(tenant_id, None) for tenant_id in sorted(tenants)]
    return found + sorted((row["tenant_id"], row["currency"]) for row in money)


def _told(snapshot: Snapshot) -> dict[_Series, datetime]:
    """Up to when each was learned that was told last, naive UTC."""
    rows = snapshot.query(queries.TOLD_FORECASTS, forecasts=FORECASTS.name).to_pylist()
    return {(row["tenant_id"], row["metric"], row["currency"], row["step"]): row["learned_to"] for row in rows}


def _steps(reading: Reading, wanted: Asked) -> Iterator[dict[str, Any]]:
    """Nothing while too little is known."""
    found = learned(reading, wanted)
    if isinstance(found.outcome, TooShort):
        return
    model = found.outcome.backtest.chosen.model
    for each in ahead(found.outcome, found.end, wanted):
        yield {
            "tenant_id": reading.tenant_id,
            "metric": wanted.metric.name,
            "currency": wanted.currency,
            "step": wanted.step,
            "learned_to": found.end,
            **vars(each),
            "level": wanted.level,
            "model": model.name,
            "season": model.season,
            "is_naive": model.is_naive,
        }
