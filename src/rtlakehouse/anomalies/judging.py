"""Which minutes of the figures are anomalies, and why: a function of gold's versions, the range and the watermark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from rtlakehouse.anomalies.identity import Identity
from rtlakehouse.anomalies.series import Span, series_of
from rtlakehouse.anomalies.watched import SegmentDimension, Subject, Wanted, Watched
from rtlakehouse.catalog import Reading
from rtlakehouse.ml import Judged, Judgement, Learned, Offered

__all__ = ["Anomaly", "Severity", "anomalies", "anomaly_of", "band", "described", "figure", "severity"]

Severity = Literal["warning", "critical"]

_CRITICAL = 2.0


@dataclass(frozen=True)
class Anomaly:
    """The minute from which on a figure is outside of what was expected.

    id: of the minute, the series and the detector. judged: what was looked at: a mean of the figure and those before it.
    expected, low, high: None of a detector that gives no range. score: distance as a multiple of what is tolerated.
    """

    id: str
    metric: Watched
    currency: str | None
    dimension: SegmentDimension | None
    segment: str | None
    window_start: datetime
    value: float
    judged: float
    expected: float | None
    low: float | None
    high: float | None
    score: float
    reason: str
    severity: Severity


def anomalies(reading: Reading, span: Span, wanted: Wanted, learned: Learned) -> tuple[int, list[Anomaly]]:
    """How many series were judged, and the anomalies of all, in the order of time.

    learned: what is remembered from one question to the next; it changes no answer.
    """
    subjects: set[Subject] = set()
    found = []
    for week in span.weeks():
        for series in series_of(reading, week, wanted):
            subjects.add(series.subject)
            name = (reading.tenant_id, wanted.detector.name, series.subject, series.start)
            told = learned.told(name, wanted.detector.make, series.start, series.values)
            found += [
                anomaly_of(series.subject, wanted.detector, each) for each in told if each.at >= max(week.start, series.since)
            ]
    found.sort(key=lambda each: (each.window_start, each.metric, each.currency or "", each.segment or ""))
    return len(subjects), found


def described(subject: Subject, detector: Offered, found: Judged) -> dict[str, Any]:
    """What there is to say of a minute, be it an anomaly or not: the fields of `Anomaly` but its severity."""
    of = found.judgement
    ends = band(subject.metric, of)
    return {
        "id": str(Identity(detector.name, subject, found.at)),
        **vars(subject),
        "window_start": found.at.replace(tzinfo=UTC),
        "value": found.value,
        "judged": of.judged,
        **ends,
        "score": of.score,
        "reason": f"{subject} was {figure(subject.metric, of.judged)}, {_why(subject.metric, detector, of, ends)}",
    }


def severity(of: Judgement) -> Severity:
    return "critical" if of.score >= _CRITICAL else "warning"


def figure(metric: Watched, value: float) -> str:
    """A figure as reasons have it: four digits that count, and never an exponent."""
    return f"{value:.2%}" if metric is Watched.CONVERSION_RATE else f"{Decimal(f'{value:.4g}'):,f}"


def band(metric: Watched, of: Judgement) -> dict[str, float | None]:
    """Expected, low and high; no figure but net revenue is ever below 0."""
    if of.band is None:
        return {"expected": None, "low": None, "high": None}
    low = of.band.low if metric is Watched.NET else max(of.band.low, 0.0)
    return {"expected": of.band.expected, "low": low, "high": of.band.high}


def anomaly_of(subject: Subject, detector: Offered, found: Judged) -> Anomaly:
    """What is told of a minute that is one."""
    return Anomaly(**described(subject, detector, found), severity=severity(found.judgement))


def _why(metric: Watched, detector: Offered, of: Judgement, ends: dict[str, float | None]) -> str:
    low, high = ends["low"], ends["high"]
    if low is None or high is None:
        return f"{of.score:.3g} times as odd as {detector.name} tolerates"
    return f"expected {figure(metric, low)} to {figure(metric, high)} at this hour"
