"""Forecasts over HTTP: learned from the figures that are final, of the versions asked, and silent where too little is known."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from api.serving import Site
from rtlakehouse.clock import isoformat
from rtlakehouse.ml.forecasting import PLANS, WorkedOut, worked_out

MINUTE = timedelta(minutes=1)


def test_a_forecast_is_what_the_model_makes_of_the_figures(site: Site) -> None:
    found = site.get("/forecasts/events", step="1m", horizon=4, level=0.9)
    span = {"from": found["learned_from"], "to": found["learned_to"], "step": "1m", "fill": True}
    figures = np.array([float(each["events"]) for each in site.get("/kpis/series", **span)["data"]])
    expected = worked_out(figures, PLANS["1m"], 4, 0.9)
    assert isinstance(expected, WorkedOut)
    assert [each["expected"] for each in found["data"]] == expected.expected.tolist()
    assert [each["high"] for each in found["data"]] == expected.high.tolist()
    assert [each["low"] for each in found["data"]] == np.maximum(expected.low, 0).tolist()
    assert found["model"]["name"] == expected.backtest.chosen.model.name


def test_it_begins_where_the_final_steps_end_and_goes_on_without_a_gap(site: Site) -> None:
    found = site.get("/forecasts/orders", step="1m", horizon=4, currency="EUR")
    last = datetime.fromisoformat(found["learned_to"])
    assert last <= site.parts.answers.watermark(site.parts.catalog.latest)
    starts = [datetime.fromisoformat(each["step_start"]) for each in found["data"]]
    assert starts == [last + MINUTE * place for place in range(4)]
    assert [each["step_end"] for each in found["data"]] == [isoformat(start + MINUTE) for start in starts]
    assert all(0 <= each["low"] <= each["expected"] <= each["high"] for each in found["data"])


def test_the_backtest_is_of_the_model_that_the_forecast_takes(site: Site) -> None:
    forecast = site.get("/forecasts/events", step="1m")
    tested = site.get("/forecasts/backtests", metric="events", step="1m")
    (chosen,) = (each for each in tested["data"] if each["is_chosen"])
    assert (chosen["model"], chosen["season"]) == (forecast["model"]["name"], forecast["model"]["season"])
    assert chosen["mase"] == forecast["model"]["mase"]
    assert tested["note"] == forecast["note"]
    naive = min(each["mae"] for each in tested["data"] if each["is_naive"])
    assert chosen["mae"] <= naive
    assert tested["is_better_than_naive"] or chosen["is_naive"]
    ends = [datetime.fromisoformat(origin) + timedelta(minutes=15) for origin in tested["origins"]]
    assert ends[-1] == datetime.fromisoformat(forecast["learned_to"])


def test_the_past_is_forecast_from_what_was_known_then(site: Site) -> None:
    latest = site.get("/forecasts/events", step="1m")
    past = site.get("/forecasts/events", step="1m", as_of="gold.kpis_1m=12")
    assert past["learned_to"] < latest["learned_to"]
    assert past == site.get("/forecasts/events", step="1m", as_of="gold.kpis_1m=12")


def test_a_share_stays_a_share(site: Site) -> None:
    found = site.get("/forecasts/conversion_rate", step="1m", horizon=4, level=0.95)
    assert all(0 <= each["low"] <= each["expected"] <= each["high"] <= 1 for each in found["data"])


@pytest.mark.parametrize(("path", "parameters"), [("/forecasts/gross", {}), ("/forecasts/backtests", {"metric": "gross"})])
def test_too_little_is_no_forecast_and_says_what_is_needed(site: Site, path: str, parameters: dict[str, Any]) -> None:
    found = site.get(path, currency="EUR", step="1h", **parameters)
    assert found["data"] == []
    assert "final steps of 1h are known, and 75 are needed to look 24 ahead" in found["note"]


def test_an_empty_lake_has_no_forecast(fresh: Site) -> None:
    assert fresh.get("/forecasts/events")["note"].startswith("0 final steps of 1h are known")


@pytest.mark.parametrize(
    ("path", "parameters", "status", "fix"),
    [
        ("/forecasts/revenue", {}, 404, "Did you mean gross?"),
        ("/forecasts/gross", {}, 400, "name a `currency`"),
        ("/forecasts/events", {"currency": "EUR", "horizon": 999}, 400, "168 ahead at most"),
        ("/forecasts/backtests", {"metric": "nothing"}, 404, "There is no metric"),
        ("/forecasts/backtests", {}, 422, "metric"),
        ("/forecasts/events", {"step": "2h"}, 422, "step"),
    ],
)
def test_what_cannot_be_forecast_is_said_with_the_fix(
    site: Site, path: str, parameters: dict[str, Any], status: int, fix: str
) -> None:
    assert fix in site.get(path, status=status, **parameters)["detail"]
