"""What the ml resource answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from rtlakehouse.anomalies.watched import Watched
from rtlakehouse.api.examples import example
from rtlakehouse.ml.forecasting import Step

__all__ = ["DetectorList", "DetectorView", "Features", "ForecastFeature", "JudgedFeature", "Option"]

_OPTION = {"name": "tolerance", "value": "5.5"}


class Option(BaseModel):
    """One value of a configuration, as text."""

    model_config = example(**_OPTION)

    name: str
    value: str


_DETECTOR = {
    "name": "seasonal_baseline",
    "package": "rtlakehouse",
    "is_default": True,
    "is_usable": True,
    "description": "A level, an offset for each hour of the day, and a tolerance that knows how wild the series is.",
    "configuration": [_OPTION],
}


class DetectorView(BaseModel):
    """A detector of anomalies."""

    model_config = example(**_DETECTOR)

    name: str = Field(description="As `detector` of `GET /anomalies` takes it.")
    package: str = Field(description="That offers it.")
    is_default: bool
    is_usable: bool
    trouble: str | None = Field(None, description="Why it cannot be used, with the fix.")
    description: str
    configuration: list[Option] = Field(description="The same for every series.")


class DetectorList(BaseModel):
    """Every detector that is installed, and ours."""

    model_config = example(data=[_DETECTOR])

    data: list[DetectorView]


_JUDGED = {
    "metric": "gross",
    "currency": "EUR",
    "table": "gold.revenue_1m",
    "missing": "zero",
    "learned_from": "2026-11-19T00:00:00Z",
    "learned_to": "2026-11-24T11:00:00Z",
    "first": "2026-11-19T00:04:00Z",
    "known": 7851,
}


class JudgedFeature(BaseModel):
    """A series that detectors of anomalies learn, minute by minute."""

    model_config = example(**_JUDGED)

    metric: Watched
    currency: str | None
    table: str = Field(description="That its minutes are read off; `X-Lake-Versions` has the version.")
    missing: Literal["zero", "left_out"] = Field(description="What a minute without a row is taken for.")
    learned_from: datetime = Field(description="Four days before the present week.")
    learned_to: datetime = Field(description="The end of the last final minute.")
    first: datetime | None = Field(description="The first minute that is known; null while there is none.")
    known: int = Field(description="How many minutes are learned from.")


_FORECAST = {
    "metric": "orders",
    "step": "1h",
    "table": "silver.events",
    "needs_currency": False,
    "missing": "zero",
    "looked_back": 2352,
    "needs": 75,
    "seasons": [24, 168],
    "models": ["seasonal_naive", "smoothing"],
}


class ForecastFeature(BaseModel):
    """A series that models of forecasts learn. looked_back, needs, seasons: in steps."""

    model_config = example(**_FORECAST)

    metric: str
    step: Step
    table: str = Field(description="That its steps are worked out of.")
    needs_currency: bool = Field(description="Whether it is a series for each currency alone.")
    missing: Literal["zero", "left_out"] = Field(description="What a step without events is taken for.")
    looked_back: int = Field(description="How many steps are learned from at most.")
    needs: int = Field(description="How many known steps a forecast of the default length needs.")
    seasons: list[int] = Field(description="After how many steps the series may repeat itself.")
    models: list[str]


class Features(BaseModel):
    """What is learned from what."""

    model_config = example(anomalies=[_JUDGED], forecasts=[_FORECAST])

    anomalies: list[JudgedFeature] = Field(description="By default; `dimension` of `GET /anomalies` makes each segment one too.")
    forecasts: list[ForecastFeature]
