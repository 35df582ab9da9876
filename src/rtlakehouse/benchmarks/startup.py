"""From the command to the first figure."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from rtlakehouse.benchmarks.figure import Benchmark, Figure, Scale
from rtlakehouse.benchmarks.lakehouse import running
from rtlakehouse.errors import RtlError

__all__ = ["STARTUP"]

_PATIENCE_S = 60.0


def _measure(folder: Path, _: Scale) -> Iterator[Figure]:
    started = time.perf_counter()
    with running(folder / "lake", simulate_rate=300) as lakehouse:
        while lakehouse.get("kpis/latest")["window"] is None:
            if time.perf_counter() - started > _PATIENCE_S:
                raise RtlError(f"No figure in {_PATIENCE_S:g} s.")
            time.sleep(0.02)
        yield Figure("startup", "start to the first figure in the API", time.perf_counter() - started, "s", 10)


STARTUP = Benchmark("startup", "start everything on an empty lake", _measure)
