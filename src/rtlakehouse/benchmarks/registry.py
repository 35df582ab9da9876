"""Every benchmark, in the order they are run, and the machine they are run on."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from rtlakehouse.benchmarks.anomalies import ANOMALIES
from rtlakehouse.benchmarks.assistant import ASSISTANT
from rtlakehouse.benchmarks.dashboard import DASHBOARD
from rtlakehouse.benchmarks.figure import Benchmark, Figure, Scale, percentile
from rtlakehouse.benchmarks.file_to_gold import FILE_TO_GOLD
from rtlakehouse.benchmarks.flood import FLOOD
from rtlakehouse.benchmarks.forecasts import FORECASTS
from rtlakehouse.benchmarks.full_lake import FULL_LAKE
from rtlakehouse.benchmarks.http_to_gold import HTTP_TO_GOLD
from rtlakehouse.benchmarks.kafka_to_gold import KAFKA_TO_GOLD
from rtlakehouse.benchmarks.latency import LATENCY
from rtlakehouse.benchmarks.overhead import OVERHEAD
from rtlakehouse.benchmarks.search import SEARCH
from rtlakehouse.benchmarks.spark_to_gold import SPARK_TO_GOLD
from rtlakehouse.benchmarks.startup import STARTUP
from rtlakehouse.benchmarks.triggers import TRIGGERS

__all__ = ["BENCHMARKS", "machine", "run"]

BENCHMARKS = {
    b.name: b
    for b in (
        STARTUP,
        FILE_TO_GOLD,
        HTTP_TO_GOLD,
        OVERHEAD,
        KAFKA_TO_GOLD,
        SPARK_TO_GOLD,
        LATENCY,
        FLOOD,
        TRIGGERS,
        FULL_LAKE,
        ANOMALIES,
        ASSISTANT,
        FORECASTS,
        DASHBOARD,
        SEARCH,
    )
}
_SYNCS = 50


def run(benchmark: Benchmark, folder: Path, scale: Scale) -> Iterator[Figure]:
    """Measure in an empty directory under `folder`, which is removed afterwards."""
    own = Path(tempfile.mkdtemp(prefix=f"rtl-bench-{benchmark.name}-", dir=folder))
    try:
        yield from benchmark.measure(own, scale)
    finally:
        shutil.rmtree(own)


def machine(folder: Path) -> dict[str, Any]:
    """What the figures were measured on."""
    libraries: Sequence[str] = ("rtlakehouse", "deltalake", "duckdb", "pyarrow")
    return {
        "processors": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "fsync_ms": round(_fsync_s(folder) * 1000, 2),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in libraries},
    }


def _fsync_s(folder: Path) -> float:
    """Median of making 4 KiB durable on this disk."""
    seconds = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_SYNCS):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            seconds.append(time.perf_counter() - began)
    return percentile(seconds, 50)
