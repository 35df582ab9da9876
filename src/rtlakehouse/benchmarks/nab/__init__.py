"""The Numenta Anomaly Benchmark: its labelled series, and its score with the standard profile."""

from rtlakehouse.benchmarks.nab.score import PROFILE, Profile, Score, scored
from rtlakehouse.benchmarks.nab.series import Labelled, labelled

__all__ = ["PROFILE", "Labelled", "Profile", "Score", "labelled", "scored"]
