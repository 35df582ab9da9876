"""The labelled series that are in the package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

__all__ = ["Labelled", "labelled"]


@dataclass(frozen=True)
class Labelled:
    """One series. windows: first and last point of each labelled anomaly."""

    name: str
    times: list[datetime]
    values: list[float]
    windows: tuple[tuple[int, int], ...]


def labelled() -> Iterator[Labelled]:
    """Every series, in the order of their names."""
    folder = resources.files(__package__)
    windows = json.loads(folder.joinpath("dev_windows.json").read_text("utf-8"))
    with folder.joinpath("dev.parquet").open("rb") as file:
        rows = pq.read_table(file)
    for name in sorted(windows):
        own = rows.filter(pc.equal(rows["series"], name)).sort_by("ts")
        times = own["ts"].to_pylist()
        yield Labelled(name, times, own["value"].to_pylist(), tuple(_places(times, ends) for ends in windows[name]))


def _places(times: list[datetime], ends: list[str]) -> tuple[int, int]:
    first, last = (np.datetime64(datetime.fromisoformat(end)) for end in ends)
    held = np.array(times, "datetime64[us]")
    return int(np.searchsorted(held, first, "left")), int(np.searchsorted(held, last, "right")) - 1
