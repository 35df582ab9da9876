"""Keeping the journals: what is told of gold is worked out beside the batches and added between two of them."""

from rtlakehouse.journals.anomalies import ToldAnomalies
from rtlakehouse.journals.forecasts import ToldForecasts
from rtlakehouse.journals.journal import Journal

__all__ = ["Journal", "ToldAnomalies", "ToldForecasts"]
