"""A pause is a note in the lake: it holds for any engine, over restarts, until it is ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import oracle
from rtlakehouse.clock import SystemClock
from rtlakehouse.pipeline import Pipeline
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.pause import Pause, is_paused, pause, read_pause, resume
from running import append, engine_on

FIRST = Pause("2026-11-24T12:00:00Z", "default", "a reload")
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def record(position: int) -> oracle.Record:
    at = AT + timedelta(seconds=position)
    raw = (
        f'{{"event_id":"e{position}","event_type":"page_view","user_id":"u","product_id":"p","price":1,"quantity":1,'
        f'"currency":"EUR","ts":{round(at.timestamp() * 1000)}}}'
    )
    return oracle.Record(raw.encode(), position, at, at)


def pipeline_on(lake: Lake) -> Pipeline:
    pipeline = Pipeline(lake, engine_on(lake), SystemClock(), None)
    pipeline.recover()
    return pipeline


def test_a_pause_is_kept_until_it_is_ended_and_the_first_one_counts(lake: Lake) -> None:
    assert (read_pause(lake), is_paused(lake)) == (None, False)
    assert pause(lake, FIRST) == FIRST
    assert pause(lake, Pause("2026-11-24T13:00:00Z", "acme", "another")) == FIRST
    assert (read_pause(Lake.open(lake.root)), is_paused(lake)) == (FIRST, True)
    assert resume(lake) == FIRST
    assert (resume(lake), read_pause(lake), is_paused(lake)) == (None, None, False)


def test_while_paused_bronze_fills_and_nothing_of_it_is_refined(lake: Lake) -> None:
    pipeline = pipeline_on(lake)
    append(lake, [record(0)])
    assert pipeline.drain() == 1
    pause(lake, FIRST)
    append(lake, [record(1)])
    pipeline.turn()
    assert (pipeline.step(), pipeline.drain()) == (None, 0)
    assert lake.read("bronze.events").num_rows == 2
    assert lake.read("silver.events").num_rows == 1
    resume(lake)
    assert pipeline.drain() == 1
    assert lake.read("silver.events").num_rows == 2


def test_an_engine_that_starts_on_a_paused_lake_waits_too(lake: Lake) -> None:
    pause(lake, FIRST)
    append(lake, [record(0)])
    assert pipeline_on(lake).drain() == 0
    resume(lake)
    assert pipeline_on(lake).drain() == 1
