"""Judging the figures of a snapshot: a pure function of gold's versions, the range and the watermark.

What was learned of a series is kept for the next question, and changes no answer: a minute that is corrected by late events is
judged again with its new figure, and what was known at an earlier time is judged as it was then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

from rtlakehouse.api.anomalies.causes import Compared, causes
from rtlakehouse.api.anomalies.identity import Identity
from rtlakehouse.api.anomalies.schemas import Anomaly, AnomalyDetail, ExpectedMinute, Severity
from rtlakehouse.api.anomalies.series import Series, Span, series_of
from rtlakehouse.api.anomalies.watched import Subject, Wanted, Watched
from rtlakehouse.api.answers import Reading
from rtlakehouse.errors import NotFoundError
from rtlakehouse.ml import Judged, Judgement, Learned, Offered, judged
from rtlakehouse.ml.series import MINUTE

__all__ = ["anomalies", "anomaly", "expected", "figure"]

_CRITICAL = 2.0
_AROUND = timedelta(minutes=30)
_LEARNED = Learned()


def anomalies(reading: Reading, span: Span, wanted: Wanted) -> tuple[int, list[Anomaly]]:
    """How many series were judged, and the anomalies of all, in the order of time."""
    subjects: set[Subject] = set()
    found = []
    for week in span.weeks():
        for series in series_of(reading, week, wanted):
            subjects.add(series.subject)
            name = (reading.tenant_id, wanted.detector.name, series.subject, series.start)
            told = _LEARNED.told(name, wanted.detector.make, series.start, series.values)
            found += [_anomaly(series.subject, wanted.detector, each) for each in told if each.at >= week.start]
    found.sort(key=lambda each: (each.window_start, each.metric, each.currency or "", each.segment or ""))
    return len(subjects), found


def expected(reading: Reading, span: Span, wanted: Wanted) -> list[ExpectedMinute]:
    """Every minute of one series with what was to be expected of it."""
    return [_minute(series.subject, each) for series, each in _judged(reading, span, wanted)]


def anomaly(reading: Reading, identity: Identity, detector: Offered, versions: dict[str, int]) -> AnomalyDetail:
    """A minute of a series, with those around it. Raises NotFoundError where it is not final, or has no figure."""
    subject, at = identity.subject, identity.at
    span = Span.of(reading, at - _AROUND, at + _AROUND + MINUTE)
    around = [each for _, each in _judged(reading, span, Wanted(detector, **vars(subject)))]
    own = next((each for each in around if each.at == at), None)
    if own is None:
        raise NotFoundError(f"At {at.isoformat()}Z there is no final figure of {subject}; it may be open, or of another time.")
    return AnomalyDetail(
        **_told(subject, detector, own),
        severity=_severity(own.judgement) if own.judgement.score > 1 else None,
        detector=detector.name,
        is_anomaly=own.judgement.is_anomaly,
        learned_from=f"{Span.of(reading, at, at + MINUTE).learned_from.isoformat()}Z",
        versions=versions,
        course=[_minute(subject, each) for each in around],
        causes=causes(reading, subject, Compared.up_to(reading, at)),
    )


def _judged(reading: Reading, span: Span, wanted: Wanted) -> Iterator[tuple[Series, Judged]]:
    for week in span.weeks():
        for series in series_of(reading, week, wanted):
            for each in judged(wanted.detector.make(), series.start, series.values):
                if each.at >= week.start:
                    yield series, each


def _anomaly(subject: Subject, detector: Offered, found: Judged) -> Anomaly:
    return Anomaly(**_told(subject, detector, found), severity=_severity(found.judgement))


def _severity(of: Judgement) -> Severity:
    return "critical" if of.score >= _CRITICAL else "warning"


def _told(subject: Subject, detector: Offered, found: Judged) -> dict[str, Any]:
    of = found.judgement
    band = _band(subject.metric, of)
    return {
        "id": str(Identity(detector.name, subject, found.at)),
        **vars(subject),
        "window_start": found.at.replace(tzinfo=UTC),
        "value": found.value,
        "judged": of.judged,
        **band,
        "score": of.score,
        "reason": f"{subject} was {figure(subject.metric, of.judged)}, {_why(subject.metric, detector, of, band)}",
    }


def _why(metric: Watched, detector: Offered, of: Judgement, band: dict[str, float | None]) -> str:
    low, high = band["low"], band["high"]
    if low is None or high is None:
        return f"{of.score:.3g} times as odd as {detector.name} tolerates"
    return f"expected {figure(metric, low)} to {figure(metric, high)} at this hour"


def figure(metric: Watched, value: float) -> str:
    """A figure as reasons have it."""
    return f"{value:.2%}" if metric is Watched.CONVERSION_RATE else f"{value:,.4g}"


def _minute(subject: Subject, found: Judged) -> ExpectedMinute:
    of = found.judgement
    return ExpectedMinute(
        window_start=found.at.replace(tzinfo=UTC),
        value=found.value,
        judged=of.judged,
        **_band(subject.metric, of),
        is_anomaly=of.is_anomaly,
    )


def _band(metric: Watched, of: Judgement) -> dict[str, float | None]:
    """Expected, low and high; no figure but net revenue is ever below 0."""
    if of.band is None:
        return {"expected": None, "low": None, "high": None}
    low = of.band.low if metric is Watched.NET else max(of.band.low, 0.0)
    return {"expected": of.band.expected, "low": low, "high": of.band.high}
