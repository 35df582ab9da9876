"""Judging the figures of a snapshot: a pure function of gold's versions, the range and the watermark.

Nothing is kept between two questions. A minute that is corrected by late events is judged again with its new figure, and what was
known at an earlier time is judged as it was then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.api.anomalies import queries
from rtlakehouse.api.anomalies.schemas import Anomaly, ExpectedMinute, Watched
from rtlakehouse.api.answers import Reading
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.ml import Judgement, SeasonalBaseline
from rtlakehouse.ml.series import judged

__all__ = ["Span", "anomalies", "expected", "tables_of"]

# Level, rhythm and tolerance of a series have settled after this.
_LEARNING = timedelta(days=4)
_CRITICAL = 2.0
_KPIS, _REVENUE = "gold.kpis_1m", "gold.revenue_1m"

Judged = tuple[datetime, float, Judgement]


@dataclass(frozen=True)
class Span:
    """[start, end), naive UTC. final: up to where minutes are final and can be judged."""

    start: datetime
    end: datetime
    final: datetime

    @classmethod
    def of(cls, reading: Reading, start: datetime, end: datetime) -> Span:
        watermark = reading.watermark.astimezone(UTC).replace(tzinfo=None)
        return cls(start, end, min(end, watermark.replace(second=0, microsecond=0)))

    @property
    def learned_from(self) -> datetime:
        return self.start - _LEARNING


@dataclass(frozen=True)
class _Series:
    metric: Watched
    currency: str | None
    values: dict[datetime, float]


def tables_of(metric: Watched | None) -> list[str]:
    """The tables that hold a metric, or all."""
    if metric is None:
        return [_KPIS, _REVENUE]
    return [_REVENUE if metric.is_by_currency else _KPIS]


def anomalies(reading: Reading, span: Span, metric: Watched | None, currency: str | None) -> tuple[int, list[Anomaly]]:
    """How many series were judged, and the anomalies of all, in the order of time."""
    count, found = 0, []
    for series in _series(reading, span, metric, currency):
        count += 1
        found += [_anomaly(series, each) for each in _judged(series, span) if each[2].is_anomaly]
    return count, sorted(found, key=lambda each: (each.window_start, each.metric, each.currency or ""))


def expected(reading: Reading, span: Span, metric: Watched, currency: str | None) -> list[ExpectedMinute]:
    """Every minute of one series with what was to be expected of it."""
    return [
        ExpectedMinute(
            window_start=minute.replace(tzinfo=UTC),
            value=value,
            judged=of.judged,
            **_band(series.metric, of),
            is_anomaly=of.is_anomaly,
        )
        for series in _series(reading, span, metric, currency)
        for minute, value, of in _judged(series, span)
    ]


def _judged(series: _Series, span: Span) -> Iterator[Judged]:
    missing = None if series.metric.is_ratio else 0.0
    for each in judged(SeasonalBaseline(), series.values, span.final, missing):
        if each[0] >= span.start:
            yield each


def _series(reading: Reading, span: Span, metric: Watched | None, currency: str | None) -> Iterator[_Series]:
    tables = tables_of(metric)
    wanted = list(Watched) if metric is None else [metric]
    bound = {"tenant": reading.tenant_id, "start": span.learned_from, "end": span.final}
    only = Range("window_start", span.learned_from.replace(tzinfo=UTC), span.final.replace(tzinfo=UTC))
    if _KPIS in tables and currency is None:
        rows = reading.snapshot.query(queries.KPIS, bound, kpis=(_KPIS, only))
        yield from (_of(each, None, rows) for each in wanted if not each.is_by_currency)
    if _REVENUE in tables:
        rows = reading.snapshot.query(queries.REVENUE, bound | {"currency": currency}, revenue=(_REVENUE, only))
        for name in rows["currency"].unique().to_pylist():
            own = rows.filter(pc.equal(rows["currency"], name))
            yield from (_of(each, name, own) for each in wanted if each.is_by_currency)


def _of(metric: Watched, currency: str | None, rows: pa.Table) -> _Series:
    times, values = rows["window_start"].to_pylist(), rows[metric.value].cast(pa.float64()).to_pylist()
    return _Series(metric, currency, {at: value for at, value in zip(times, values, strict=True) if value is not None})


def _anomaly(series: _Series, found: Judged) -> Anomaly:
    minute, value, of = found
    name = f"{series.metric} in {series.currency}" if series.currency else str(series.metric)
    band = _band(series.metric, of)
    return Anomaly(
        metric=series.metric,
        currency=series.currency,
        window_start=minute.replace(tzinfo=UTC),
        value=value,
        judged=of.judged,
        **band,
        score=of.score,
        severity="critical" if of.score >= _CRITICAL else "warning",
        reason=f"{name} was {of.judged:,.4g}, expected {band['low']:,.4g} to {band['high']:,.4g} at this hour",
    )


def _band(metric: Watched, of: Judgement) -> dict[str, Any]:
    """Expected, low and high; no figure but net revenue is ever below 0."""
    if of.band is None:
        return {"expected": None, "low": None, "high": None}
    low = of.band.low if metric is Watched.NET else max(of.band.low, 0.0)
    return {"expected": of.band.expected, "low": low, "high": of.band.high}
