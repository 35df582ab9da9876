"""Judging the figures of a snapshot: a pure function of gold's versions, the range and the watermark.

What was learned of a series is kept for the next question, and changes no answer: a minute that is corrected by late events is
judged again with its new figure, and what was known at an earlier time is judged as it was then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta

from rtlakehouse.anomalies import judging
from rtlakehouse.anomalies.identity import Identity
from rtlakehouse.anomalies.judging import band, described, severity
from rtlakehouse.anomalies.series import Series, Span, series_of
from rtlakehouse.anomalies.watched import Subject, Wanted
from rtlakehouse.api.anomalies.causes import Compared, causes
from rtlakehouse.api.anomalies.schemas import Anomaly, AnomalyDetail, ExpectedMinute
from rtlakehouse.api.answers import Reading
from rtlakehouse.errors import NotFoundError
from rtlakehouse.ml import Judged, Learned, Offered, judged
from rtlakehouse.ml.series import MINUTE

__all__ = ["anomalies", "anomaly", "expected"]

_AROUND = timedelta(minutes=30)
_LEARNED = Learned()


def anomalies(reading: Reading, span: Span, wanted: Wanted) -> tuple[int, list[Anomaly]]:
    """How many series were judged, and the anomalies of all, in the order of time."""
    count, found = judging.anomalies(reading, span, wanted, _LEARNED)
    return count, [Anomaly(**vars(each)) for each in found]


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
        **described(subject, detector, own),
        severity=severity(own.judgement) if own.judgement.score > 1 else None,
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


def _minute(subject: Subject, found: Judged) -> ExpectedMinute:
    of = found.judgement
    return ExpectedMinute(
        window_start=found.at.replace(tzinfo=UTC),
        value=found.value,
        judged=of.judged,
        **band(subject.metric, of),
        is_anomaly=of.is_anomaly,
    )
