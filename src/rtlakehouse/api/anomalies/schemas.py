"""What the anomalies resource takes and answers with. Figures are numbers here, not exact text: they are estimates."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field

from rtlakehouse.anomalies.judging import Severity
from rtlakehouse.anomalies.watched import SegmentDimension, Subject, Wanted, Watched, check_series, one_series
from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import Instant, RangeParameters, ReadParameters
from rtlakehouse.errors import UsageError
from rtlakehouse.ml import DEFAULT, detector

__all__ = [
    "Anomalies",
    "Anomaly",
    "AnomalyDetail",
    "AnomalyParameters",
    "CauseParameters",
    "Causes",
    "MovedPart",
    "ExpectedMinute",
    "ExpectedParameters",
    "ExpectedSeries",
]

MAX_RANGE = timedelta(days=7)

Currency = Field(
    None, pattern=r"^[A-Z]{3}$", description="Of orders and money; each currency is a series of its own.", examples=["EUR"]
)
Segment = Field(None, min_length=1, max_length=512, description="Only this value of `dimension`.", examples=["DE"])
Detector = Field(
    DEFAULT, max_length=64, description="What judges: a name of `GET /ml/detectors`.", examples=["seasonal_baseline"]
)


class _Judged(RangeParameters):
    def resolve(self, newest: datetime | None, length: timedelta = timedelta(days=1)) -> tuple[datetime, datetime]:
        """The range, as of its neighbours but a day long by itself. Raises UsageError for one that is empty or too long."""
        start, end = super().resolve(newest, length)
        if end - start > MAX_RANGE:
            raise UsageError(f"Anomalies are told of {MAX_RANGE.days} days at once; ask for a shorter range.")
        return start, end


class AnomalyParameters(_Judged):
    """A range of at most a week; by default the last day."""

    metric: Watched | None = Field(None, description="Only of this metric; default: of all that are judged.", examples=["events"])
    currency: str | None = Currency
    dimension: SegmentDimension | None = Field(
        None, description="Judge the segments of this dimension, those with the most events, instead of the whole."
    )
    segment: str | None = Segment
    detector: str = Detector

    def wanted(self) -> Wanted:
        """What to judge. Raises UsageError where the parameters do not go together."""
        check_series(self.metric, self.currency, self.dimension, self.segment)
        if self.detector != DEFAULT and self.metric is None:
            raise UsageError(f"All metrics are judged by {DEFAULT} alone; name a `metric` for another detector.")
        return Wanted(detector(self.detector), self.metric, self.currency, self.dimension, self.segment)


class ExpectedParameters(_Judged):
    """A range of at most a week; by default the last day."""

    metric: Watched = Field(description="What to judge.", examples=["events"])
    currency: str | None = Currency
    dimension: SegmentDimension | None = Field(None, description="With `segment`: only of that, instead of the whole.")
    segment: str | None = Segment
    detector: str = Detector

    def wanted(self) -> Wanted:
        """The series. Raises UsageError where the parameters are not those of one."""
        subject = one_series(self.metric, self.currency, self.dimension, self.segment)
        return Wanted(detector(self.detector), **vars(subject))


class CauseParameters(ReadParameters):
    """Which figure, in the minutes up to which."""

    metric: Watched = Field(description="As of the anomaly.", examples=["events"])
    currency: str | None = Currency
    dimension: SegmentDimension | None = Field(None, description="With `segment`: what moved within that.")
    segment: str | None = Segment
    at: Instant = Field(
        description="The last minute to look at: the anomaly's `window_start`.", examples=["2026-11-24T10:30:00Z"]
    )
    minutes: int = Field(8, ge=1, le=60, description="How many minutes to look at, `at` included.")
    limit: int = Field(10, ge=1, le=100, description="How many parts to tell.")

    @property
    def subject(self) -> Subject:
        """The series. Raises UsageError where the parameters are not those of one."""
        return one_series(self.metric, self.currency, self.dimension, self.segment)


_ID = "WyJzZWFzb25hbF9iYXNlbGluZSIsImdyb3NzIiwiRVVSIixudWxsLG51bGwsIjIwMjYtMTEtMjRUMTA6MzA6MDAiXQ"
_ANOMALY = {
    "id": _ID,
    "metric": "gross",
    "currency": "EUR",
    "window_start": "2026-11-24T10:30:00Z",
    "value": 12.5,
    "judged": 31.7,
    "expected": 87.2,
    "low": 41.0,
    "high": 133.4,
    "score": 1.2,
    "severity": "warning",
    "reason": "gross in EUR was 31.7, expected 41 to 133.4 at this hour",
}


class _JudgedMinute(BaseModel):
    id: str = Field(description="Of this minute of this series, judged by this detector: `GET /anomalies/{id}`.")
    metric: Watched
    currency: str | None = Field(description="The series' own; null for a metric that is not by currency.")
    dimension: SegmentDimension | None = Field(None, description="What `segment` is one of; null for the whole.")
    segment: str | None = None
    window_start: datetime
    value: float = Field(description="The figure of this minute.")
    judged: float = Field(
        description="What was judged: a mean of this and the last minutes, so that one lost minute is no anomaly."
    )
    expected: float | None = Field(description="Null, as `low` and `high`, of a detector that gives no range.")
    low: float | None = Field(description="What is judged lies between `low` and `high` where all is as usual.")
    high: float | None
    score: float = Field(description="Distance from `expected`, as a multiple of what is tolerated; outside above 1.")
    reason: str


class Anomaly(_JudgedMinute):
    """A minute from which on a figure is unlike what was to be expected."""

    model_config = example(**_ANOMALY)

    severity: Severity = Field(description="`critical`: twice as far as tolerated, or further.")


class Anomalies(BaseModel):
    """What is unlike the days before it, in the order of time."""

    model_config = example(
        start="2026-11-23T11:00:00Z",
        end="2026-11-24T11:00:00Z",
        learned_from="2026-11-19T00:00:00Z",
        series=9,
        data=[_ANOMALY],
    )

    start: str
    end: str = Field(description="Only final minutes are judged: of an open range, those up to the watermark.")
    learned_from: str = Field(description="Where learning began; a lake that is younger has less to learn from.")
    series: int = Field(description="How many series were judged.")
    data: list[Anomaly]


_MINUTE = {
    "window_start": "2026-11-24T10:30:00Z",
    "value": 241.0,
    "judged": 236.4,
    "expected": 229.8,
    "low": 171.2,
    "high": 288.4,
    "is_anomaly": False,
}


class ExpectedMinute(BaseModel):
    """A minute, and what was to be expected of it; null while too little had been seen."""

    model_config = example(**_MINUTE)

    window_start: datetime
    value: float
    judged: float
    expected: float | None
    low: float | None
    high: float | None
    is_anomaly: bool


_SERIES = {
    "metric": "gross",
    "currency": "EUR",
    "start": "2026-11-23T11:00:00Z",
    "end": "2026-11-24T11:00:00Z",
    "learned_from": "2026-11-19T00:00:00Z",
    "data": [_MINUTE],
}


class ExpectedSeries(BaseModel):
    """A figure minute by minute, with the range in which it was to be expected."""

    model_config = example(**_SERIES)

    metric: Watched
    currency: str | None
    dimension: SegmentDimension | None = None
    segment: str | None = None
    start: str
    end: str
    learned_from: str
    data: list[ExpectedMinute]


_MOVED = {"dimension": "country", "value": "DE", "now": 12.0, "usual": 130.5, "change": -118.5}


class MovedPart(BaseModel):
    """A part of the figure, and how far it moved."""

    model_config = example(**_MOVED)

    dimension: Literal["country", "device", "campaign", "referrer", "product_id"]
    value: str
    now: float
    usual: float = Field(
        description="Mean over the same minutes of the days before. A day without it counts as 0; of a ratio it does not count."
    )
    change: float


_CAUSES = {
    "metric": "orders",
    "currency": "EUR",
    "start": "2026-11-24T10:23:00Z",
    "end": "2026-11-24T10:31:00Z",
    "days": 4,
    "now": 410.0,
    "usual": 531.2,
    "data": [_MOVED],
}


class Causes(BaseModel):
    """The parts of a figure that moved most, the furthest first."""

    model_config = example(**_CAUSES)

    metric: Watched
    currency: str | None
    dimension: SegmentDimension | None = None
    segment: str | None = None
    start: str
    end: str
    days: int = Field(
        description="How many of the four days before are known at these minutes; with 0 there is nothing to compare."
    )
    now: float | None = Field(description="The whole figure of these minutes; null where it has none.")
    usual: float | None = Field(description="Its mean over the same minutes of the days before.")
    data: list[MovedPart]


class AnomalyDetail(_JudgedMinute):
    """One minute of one series as it is judged now: what was expected around it, and what moved."""

    model_config = example(
        **_ANOMALY,
        detector="seasonal_baseline",
        is_anomaly=True,
        learned_from="2026-11-19T00:00:00Z",
        versions={"gold.revenue_1m": 41, "silver.events": 87},
        course=[_MINUTE],
        causes=_CAUSES,
    )

    severity: Severity | None = Field(description="Null where the minute is as usual, as it may be after a correction.")
    detector: str
    is_anomaly: bool = Field(
        description="Whether it is told: it is the first outside of the range for an hour. Late events may change that."
    )
    learned_from: str
    versions: dict[str, int] = Field(description="Of the tables that all of this was computed from.")
    course: list[ExpectedMinute] = Field(description="The half hour before and after, as far as it is final.")
    causes: Causes
