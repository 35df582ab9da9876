"""How a figure goes on, and how well that could have been told of its past."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.forecasts.schemas import BacktestParameters, Backtests, Forecast, ForecastParameters
from rtlakehouse.api.forecasts.service import asked, backtests, forecast

__all__ = ["router"]

router = APIRouter(prefix="/forecasts", tags=["forecasts"])

Metric = Annotated[str, Path(description="A metric of the catalogue.", examples=["orders"])]
_ERRORS = documented(400, 404, 410, 503)


@router.get("/backtests", response_model=Backtests, responses=_ERRORS, summary="How well each model would have told the past")
def get_backtests(request: Request, parts: PartsOf, parameters: Annotated[BacktestParameters, Query()]) -> Response:
    """Every model forecasts from up to twelve past points: how far it was off, beside repeating the last season, and how many
    values lay within its range. The chosen one is what `/forecasts/{metric}` takes now."""
    question = asked(parameters.metric, parameters)
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    return parts.answers.answer(request, reading, question.tables, lambda: backtests(reading, question), clocked=True)


@router.get("/{metric}", response_model=Forecast, responses=_ERRORS, summary="How a figure goes on, with ranges")
def get_forecast(
    metric: Metric, request: Request, parts: PartsOf, parameters: Annotated[ForecastParameters, Query()]
) -> Response:
    """The next steps of a metric, learned from its final ones at the versions that the answer names: late events and `as_of`
    change it as they change the figures. The model is the one that was best in a backtest; where none beats repeating the last
    season, that is what the answer does and says. While too little is known there is no forecast, and `note` says how much is
    needed."""
    question = asked(metric, parameters)
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    return parts.answers.answer(request, reading, question.tables, lambda: forecast(reading, question), clocked=True)
