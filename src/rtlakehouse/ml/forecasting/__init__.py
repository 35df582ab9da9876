"""What learns from a figure's past how it goes on: models behind one protocol, and the backtest that chooses among them."""

from rtlakehouse.ml.forecasting.backtest import Backtest, Score, backtest
from rtlakehouse.ml.forecasting.forecaster import Forecaster
from rtlakehouse.ml.forecasting.models import SeasonalMean, SeasonalNaive, Smoothing
from rtlakehouse.ml.forecasting.plan import PLANS, Plan, Step, TooShort, WorkedOut, worked_out

__all__ = [
    "Backtest",
    "Forecaster",
    "PLANS",
    "Plan",
    "Score",
    "SeasonalMean",
    "SeasonalNaive",
    "Smoothing",
    "Step",
    "TooShort",
    "WorkedOut",
    "backtest",
    "worked_out",
]
