"""What learns from the tables: which values are unlike those before them."""

from rtlakehouse.ml.baselines import SeasonalBaselines
from rtlakehouse.ml.detector import Band, Detector, Judgement
from rtlakehouse.ml.detectors import DEFAULT, GROUP, Offered, detector, offered
from rtlakehouse.ml.gaussian import WindowedGaussian
from rtlakehouse.ml.half_space_trees import HalfSpaceTrees
from rtlakehouse.ml.learned import Learned, Learner
from rtlakehouse.ml.seasonal import SeasonalBaseline
from rtlakehouse.ml.series import Judged, judged

__all__ = [
    "DEFAULT",
    "GROUP",
    "Band",
    "Detector",
    "HalfSpaceTrees",
    "Judged",
    "Judgement",
    "Learned",
    "Learner",
    "Offered",
    "SeasonalBaseline",
    "SeasonalBaselines",
    "WindowedGaussian",
    "detector",
    "judged",
    "offered",
]
