"""What `gold.forecasts` is told: how figures go on, once an hour or a day of them is final.

A forecast that was told stays as it was, so that it can be held against what came. Figures of distinct users and orders are told
once their hours and days are counted in silver: with a long past that takes several turns, and others do not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from rtlakehouse.catalog import Reading, Snapshot
from rtlakehouse.catalog.reader import TableReader
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.clock import Clock
from rtlakehouse.forecasts.counted import STEPS, Counted, CountedStep
from rtlakehouse.forecasts.learning import Asked, ahead, ask, last_final, learned
from rtlakehouse.journals import queries
from rtlakehouse.journals.journal import News, Said, hour_before, worked_out
from rtlakehouse.medallion.gold import KPIS_1M, REVENUE_1M
from rtlakehouse.medallion.journal import FORECASTS
from rtlakehouse.medallion.table import Table
from rtlakehouse.ml.forecasting import PLANS, TooShort
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.storage.lake import Lake

__all__ = ["ToldForecasts"]

_HOUR = timedelta(hours=1)
# A tenant without an event for as long as hours are looked back is not told of.
_LOOKED_BACK = PLANS["1h"].learned * _HOUR
# Rows of silver that are counted at a time, so that other upkeep gets its turn: a million take about a second.
_AT_ONCE = 3_000_000
_MEMORY_MB, _GOLD_MB = 256, 64
_NEVER = datetime.min.replace(tzinfo=UTC)
_Series = tuple[str, str, str | None, str]


@dataclass(frozen=True)
class _Due:
    """A forecast that is not told yet. known: the end of the last final step, naive UTC."""

    reading: Reading
    wanted: Asked
    known: datetime

    @property
    def series(self) -> _Series:
        return self.reading.tenant_id, self.wanted.metric.name, self.wanted.currency, self.wanted.step


class ToldForecasts:
    """A `Teller`. delay: after its end an hour is final. With the horizon and the level that are usual."""

    def __init__(self, lake: Lake, clock: Clock, delay: timedelta) -> None:
        self._lake = lake
        self._clock = clock
        self._delay = delay
        self._looked = _NEVER
        self._told: dict[_Series, datetime] | None = None
        self._news: dict[_Series, datetime] = {}

    @property
    def table(self) -> Table:
        return FORECASTS

    def is_due(self, now: datetime) -> bool:
        """Once an hour, as soon as one more is final, and while there is something left to count."""
        return hour_before(now, self._delay) > self._looked

    def news(self, now: datetime, last: Said | None) -> News | None:
        before, self._looked = self._looked, hour_before(now, self._delay)
        tables = (*FORECASTS.sources, FORECASTS.name)
        # Each time anew: what is read for it, a year at midnight, is not kept until the next hour.
        with closing(TableReader(self._lake, self._clock, tables, memory_mb=_MEMORY_MB, gold_mb=_GOLD_MB)) as reader:
            snapshot = reader.snapshot()
            newest = snapshot.newest_window()
            if newest is None:
                return None
            end = min(self._looked, newest.replace(tzinfo=UTC) + _HOUR)
            self._told = self._told or _told(snapshot)
            due = list(self._due(snapshot, end))
            counted = Counted(snapshot)
            uncounted = {step for step in _to_count(due) if not _is_counted(counted, step, due)}
            now_told = [each for each in due if not (each.wanted.is_counted and each.wanted.step in uncounted)]
            rows = [row for each in now_told for row in _steps(each, counted)]
            self._news = {each.series: each.known for each in now_told}
            versions = {name: snapshot.versions[name] for name in FORECASTS.sources}
        if uncounted:
            self._looked = before
            if not rows:
                return None
        return News(pa.Table.from_pylist(rows, worked_out(FORECASTS)), Said(versions, end))

    def keep(self, news: News) -> None:
        self._told = (self._told or {}) | self._news

    def _due(self, snapshot: Snapshot, end: datetime) -> Iterator[_Due]:
        told = self._told or {}
        for tenant_id, currency in _whose(snapshot, end):
            reading = Reading(tenant_id, snapshot, self._looked)
            known = {step: last_final(reading, length) for step, length in STEPS.items()}
            for metric in load().metrics:
                if metric.is_money == (currency is not None):
                    found = (_Due(reading, ask(metric.name, currency, step), known[step]) for step in STEPS)
                    yield from (each for each in found if each.series not in told or told[each.series] < each.known)


def _to_count(due: list[_Due]) -> list[CountedStep]:
    """The steps that figures of distinct things are due of, hours first."""
    return [step for step in STEPS if any(each.wanted.is_counted and each.wanted.step == step for each in due)]


def _is_counted(counted: Counted, step: CountedStep, due: list[_Due]) -> bool:
    """Whether all is counted by now that forecasts of such steps are learned from."""
    end = max(each.known for each in due if each.wanted.step == step)
    return counted.count(step, end - PLANS[step].learned * STEPS[step], end, _AT_ONCE)


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


def _steps(due: _Due, counted: Counted) -> Iterator[dict[str, Any]]:
    """Nothing while too little is known."""
    wanted = due.wanted
    found = learned(due.reading, wanted, counted)
    if isinstance(found.outcome, TooShort):
        return
    model = found.outcome.backtest.chosen.model
    for each in ahead(found.outcome, found.end, wanted):
        yield {
            "tenant_id": due.reading.tenant_id,
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
