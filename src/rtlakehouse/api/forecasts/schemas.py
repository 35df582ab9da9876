"""What the forecasts resource takes and answers with. Figures are numbers here, not exact text: they are estimates."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import ReadParameters
from rtlakehouse.ml.forecasting import Step

__all__ = ["Backtested", "Backtests", "BacktestParameters", "Forecast", "ForecastModel", "ForecastParameters", "ForecastStep"]


class ForecastParameters(ReadParameters):
    """Of which currency, in which steps, how far ahead."""

    currency: str | None = Field(
        None, pattern=r"^[A-Z]{3}$", description="Only of this currency; money needs one.", examples=["EUR"]
    )
    step: Step = Field("1h", description="How long a step is. A day is one of UTC.")
    horizon: int | None = Field(
        None,
        ge=1,
        description="How many steps ahead; default 15 of a minute, 24 of a quarter, 24 of an hour, 14 of a day, and at most"
        " 60, 192, 168, 56.",
        examples=[24],
    )
    level: float = Field(0.8, ge=0.5, le=0.95, description="Share of the values that the range is to hold.")


class BacktestParameters(ForecastParameters):
    """As of a forecast, and of which metric."""

    metric: str = Field(description="A metric of the catalogue.", examples=["orders"])


_MODEL = {"name": "seasonal_mean_8", "season": 168, "is_naive": False, "mase": 0.62, "mase_naive": 0.79, "coverage": 0.9}


class ForecastModel(BaseModel):
    """The model that was taken, and what the backtest says of it."""

    model_config = example(**_MODEL)

    name: str
    season: int = Field(description="After how many steps it takes the figure to repeat itself; 1: never.")
    is_naive: bool = Field(description="Whether it only repeats the last season, because nothing was better.")
    mase: float | None = Field(
        description="Its mean absolute error in the backtest over that of repeating the last season before it; null if that is 0."
    )
    mase_naive: float | None = Field(description="The same of the best naive model over the same origins.")
    coverage: float = Field(description="Share of the backtest's values that lay within the range.")


_STEP = {
    "step_start": "2026-11-24T11:00:00Z",
    "step_end": "2026-11-24T12:00:00Z",
    "expected": 61.4,
    "low": 48.0,
    "high": 77.5,
}


class ForecastStep(BaseModel):
    """A step that is to come."""

    model_config = example(**_STEP)

    step_start: datetime
    step_end: datetime
    expected: float
    low: float
    high: float


class Forecast(BaseModel):
    """How a figure goes on after its last final step."""

    model_config = example(
        metric="orders",
        currency="EUR",
        step="1h",
        level=0.8,
        learned_from="2026-08-18T11:00:00Z",
        learned_to="2026-11-24T11:00:00Z",
        model=_MODEL,
        note="seasonal_mean_8 was off by 22 % less than the naive forecast at 12 past points.",
        data=[_STEP],
    )

    metric: str
    currency: str | None
    step: Step
    level: float
    learned_from: str = Field(description="Where learning began: at the tenant's first whole step, or as far back as is looked.")
    learned_to: str = Field(description="Where learning ended and the forecast begins: the end of the last final step.")
    model: ForecastModel | None = Field(description="Null while too little is known.")
    note: str = Field(
        description="Why this model; or that the forecast is no better than the naive one; or what is needed for any."
    )
    data: list[ForecastStep]


_BACKTESTED = {"model": "seasonal_mean_8", "season": 168, "is_naive": False, "is_chosen": True}


class Backtested(BaseModel):
    """One model in the backtest."""

    model_config = example(**_BACKTESTED, mase=0.62, mae=8.1, coverage=0.9)

    model: str
    season: int
    is_naive: bool
    is_chosen: bool
    mase: float | None = Field(
        description="Mean absolute error over that of repeating the last season before the first origin; null where that is 0."
    )
    mae: float = Field(description="Mean absolute error, in the metric's unit.")
    coverage: float = Field(description="Share of the values in the range, which is made without the errors of the same origin.")


class Backtests(BaseModel):
    """Every model over the same past points, the best first."""

    model_config = example(
        metric="orders",
        currency="EUR",
        step="1h",
        horizon=24,
        level=0.8,
        origins=["2026-11-22T11:00:00Z", "2026-11-23T11:00:00Z"],
        choice_mase=0.66,
        is_better_than_naive=True,
        note="seasonal_mean_8 was off by 22 % less than the naive forecast at 12 past points.",
        data=[{**_BACKTESTED, "mase": 0.62, "mae": 8.1, "coverage": 0.9}],
    )

    metric: str
    currency: str | None
    step: Step
    horizon: int
    level: float
    origins: list[datetime] = Field(description="The points that were forecast from.")
    choice_mase: float | None = Field(
        description="Of choosing as such: each origin forecast by the model that was best at the others. What to expect of a"
        " forecast is told better by this than by the chosen model's own score, which it was chosen by."
    )
    is_better_than_naive: bool = Field(description="Whether choosing beats the best naive model; else that one is taken.")
    note: str
    data: list[Backtested]
