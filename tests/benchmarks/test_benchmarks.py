"""The benchmarks run and measure what they say; how fast this machine is, is no test's business."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import oracle
from needing import missing
from rtlakehouse.benchmarks.figure import QUICK, Figure, percentile
from rtlakehouse.benchmarks.progress import Progress
from rtlakehouse.benchmarks.registry import BENCHMARKS, run
from rtlakehouse.benchmarks.telling import told_minutes
from rtlakehouse.benchmarks.workload import batches_of, write_events
from rtlakehouse.engines.registry import require_spark
from rtlakehouse.errors import RtlError, UsageError

START = datetime(2026, 11, 24, tzinfo=UTC)
TINY = replace(
    QUICK,
    file_events=3_000,
    http_events=3_000,
    single_posts=300,
    kafka_events=3_000,
    spark_events=3_000,
    latency_s=1.0,
    lake_events=30_000,
    queries=3,
    triggers=30,
)


@pytest.fixture
def lines(tmp_path: Path) -> list[bytes]:
    path = tmp_path / "events.jsonl"
    write_events(path, 5_000, START, 300.0)
    return path.read_bytes().splitlines()


def test_the_events_are_what_the_oracle_takes_for_events_but_for_some_dirt(lines: list[bytes]) -> None:
    found = [oracle.refine(oracle.Record(line, i, None, START)) for i, line in enumerate(lines)]
    accepted = [event for event in found if isinstance(event, dict)]
    assert len(lines) == 5_000
    assert 0.99 * len(lines) < len(accepted) < len(lines)
    ids = {event["event_id"] for event in accepted}
    assert 0.98 * len(accepted) < len(ids) < len(accepted)
    assert {event["event_type"] for event in accepted} == set(oracle.TYPES)


def test_the_same_numbers_give_the_same_events(lines: list[bytes], tmp_path: Path) -> None:
    write_events(tmp_path / "again.jsonl", 5_000, START, 300.0)
    assert (tmp_path / "again.jsonl").read_bytes().splitlines() == lines


def test_bodies_together_are_the_file(lines: list[bytes], tmp_path: Path) -> None:
    bodies = list(batches_of(tmp_path / "events.jsonl", 700))
    assert [len(body.splitlines()) for body in bodies] == [700] * 7 + [100]
    assert b"".join(bodies).splitlines() == lines


# The others start a whole lakehouse, a broker or Spark each.
ALONE = ["file", "triggers"]
WHOLE = ["http", "latency", "lake", "overhead", "flood", "kafka", "spark"]


@pytest.mark.parametrize("name", [*ALONE, *(pytest.param(name, marks=pytest.mark.long) for name in WHOLE)])
def test_a_benchmark_gives_its_figures_and_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    try:
        BENCHMARKS[name].check()
    except UsageError as error:
        missing(str(error))
    figures = list(run(BENCHMARKS[name], tmp_path, TINY))
    assert figures
    assert all(figure.value > 0 for figure in figures)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_the_dashboard_paints_before_it_has_figures_and_its_frames_are_counted(tmp_path: Path) -> None:
    try:
        BENCHMARKS["dashboard"].check()
    except UsageError as error:
        missing(str(error))
    figures = {figure.name: figure.value for figure in run(BENCHMARKS["dashboard"], tmp_path, TINY)}
    assert 0 < figures["dashboard_first_paint"] < figures["dashboard_first_figures"]
    assert all(0 <= figures[f"dashboard_dropped_{name}"] < 100 for name in ("hour", "day", "minutes"))
    assert list(tmp_path.iterdir()) == []


def test_the_spark_benchmark_says_before_it_begins_which_java_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RTL_JAVA_HOME", str(tmp_path))
    with pytest.raises(UsageError, match=r"Spark needs Java 17 or newer.*apt-get install"):
        require_spark()


def test_a_rate_is_warm_from_the_first_batch_on() -> None:
    progress = Progress(started=100.0, steps=[(110.0, 100), (112.0, 300), (115.0, 600)])
    assert progress.rate == 40.0
    assert progress.warm_rate == 100.0


def test_what_was_done_in_one_batch_has_no_warm_rate() -> None:
    with pytest.raises(RtlError, match="Let there be more events"):
        _ = Progress(started=100.0, steps=[(110.0, 100)]).warm_rate


@pytest.mark.parametrize(
    ("value", "target", "at_least", "reached"),
    [(3, 2, True, True), (1, 2, True, False), (1, 2, False, True), (3, 2, False, False), (1, None, False, None)],
)
def test_a_figure_knows_whether_it_is_reached(value: float, target: float | None, at_least: bool, reached: bool | None) -> None:
    assert Figure("name", "what", value, "unit", target, at_least).is_reached is reached


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([5.0, 1.0, 4.0, 2.0], 50) == 2.0
    assert percentile([5.0, 1.0, 4.0, 2.0], 99) == 5.0


@pytest.mark.long
def test_a_minute_of_every_series_of_a_shop_is_worked_out(tmp_path: Path) -> None:
    (figure,) = told_minutes(tmp_path / "lake", 1)
    assert figure.value > 0
    (_, first, kept) = figure.beside
    # Both weeks that are learned from these days, 418 series each.
    assert kept.value > 1
    assert first.value > 0
