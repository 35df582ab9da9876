"""What Spark refined is told in the journals: their code is of no engine, and runs beside its batches."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.test_anomalies import NOW, shop
from contract.conftest import Start
from rtlakehouse.assembly import make_journals
from rtlakehouse.clock import ManualClock
from rtlakehouse.engines.base import Engine
from rtlakehouse.pipeline import Pipeline
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake
from running import append, broken, drain, engine_on

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def told(lake: Lake, engine: Engine) -> list[tuple[str, str]]:
    """What is told once all of bronze is refined and nothing more is due."""
    clock = ManualClock(NOW)
    journals = make_journals(Settings(lake=lake.root), lake, clock)
    drain(engine)
    pipeline = Pipeline(lake, engine, clock, None, journals=journals)
    pipeline.turn()
    pipeline.turn()
    pipeline.drain()
    return sorted((row["id"], row["reason"]) for row in lake.read("gold.anomalies").to_pylist())


def test_of_the_same_events_the_same_is_told(start_spark: Start, tmp_path: Path) -> None:
    found = []
    for name, start in (("spark", start_spark), ("embedded", engine_on)):
        lake = Lake.create(tmp_path / name)
        append(lake, shop(flooded=True))
        found.append(told(lake, start(lake, max_batch_events=20_000)))
        assert broken(lake) == []
    assert found[0] == found[1] != []
