"""What learns from the tables: which values are unlike those before them."""

from rtlakehouse.ml.detector import Band, Detector, Judgement
from rtlakehouse.ml.gaussian import WindowedGaussian
from rtlakehouse.ml.seasonal import SeasonalBaseline

__all__ = ["Band", "Detector", "Judgement", "SeasonalBaseline", "WindowedGaussian"]
