"""What detectors that were published with the benchmark score on the series that are in the package.

`python -m rtlakehouse.benchmarks.nab.published FOLDER`, where FOLDER is a checkout of github.com/numenta/NAB: the anomaly scores
of its `results`, told from the thresholds of its `config/thresholds.json` on, which were chosen on its whole corpus.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from rtlakehouse.benchmarks.nab.score import Score, scored
from rtlakehouse.benchmarks.nab.series import Labelled, labelled

__all__ = ["published"]

_PROFILE = "standard"


def published(folder: Path) -> dict[str, Score]:
    """The score of each detector that has a threshold and results of every series, the best first."""
    thresholds = json.loads((folder / "config" / "thresholds.json").read_text("utf-8"))
    every = list(labelled())
    found = {
        name: scored((series, _told(_file(folder, name, series), series, entry[_PROFILE]["threshold"])) for series in every)
        for name, entry in thresholds.items()
        if all(_file(folder, name, series).exists() for series in every)
    }
    return dict(sorted(found.items(), key=lambda entry: -entry[1].score))


def _file(folder: Path, detector: str, series: Labelled) -> Path:
    part, name = series.name.split("/")
    return folder / "results" / detector / part / f"{detector}_{name}"


def _told(file: Path, series: Labelled, threshold: float) -> list[int]:
    """The points of a series whose score is at least the threshold."""
    with file.open(encoding="utf-8", newline="") as lines:
        scores = [float(row["anomaly_score"]) for row in csv.DictReader(lines)]
    if len(scores) != len(series.values):
        raise ValueError(f"{file} has {len(scores)} points, {series.name} {len(series.values)}; take the release that it is of.")
    return [place for place, score in enumerate(scores) if score >= threshold]


def _lines(found: dict[str, Score]) -> Iterator[str]:
    for name, each in found.items():
        windows = each.detected + each.missed
        yield f"{name:<20} {each.score:6.1f} of 100, {each.detected} of {windows} windows, {each.false_alarms} false alarms"


if __name__ == "__main__":
    print("\n".join(_lines(published(Path(sys.argv[1])))))  # noqa: T201 - a program of its own
