"""Questions in words: how many are read right and answered right, and how soon."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rtlakehouse.assistant.evaluation.cases import SPLITS, cases
from rtlakehouse.assistant.evaluation.scoring import score
from rtlakehouse.benchmarks.figure import Benchmark, Figure, Limit, Scale, percentile
from rtlakehouse.benchmarks.file_to_gold import RATE, replay
from rtlakehouse.benchmarks.lakehouse import Lakehouse, running
from rtlakehouse.benchmarks.questions import answering, answers_right
from rtlakehouse.benchmarks.workload import write_events

__all__ = ["ASSISTANT"]


def _measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    for found in score():
        beside = [
            Limit("questions", found.questions, "questions"),
            Limit("answered wrongly with a certain face", found.certain_and_wrong, "questions"),
        ]
        what = f"questions in words read right, {found.split.replace('_', ' ')}"
        yield Figure(f"assistant_{found.split}", what, 100 * found.right / found.questions, "%", beside=beside)
    with answering(folder / "shop") as answer:
        for split in SPLITS:
            right = answers_right(answer, split)
            what = f"questions in words answered with the oracle's figures, {split.replace('_', ' ')}"
            beside = [Limit("questions that have figures", len(right), "questions")]
            yield Figure(f"assistant_{split}_figures", what, 100 * sum(right.values()) / len(right), "%", beside=beside)
    seconds = _answered(folder, scale)
    what = f"a question in words, answered from {scale.file_events:,} events"
    yield Figure("assistant_p50", f"{what}, p50", percentile(seconds, 50) * 1000, "ms")
    yield Figure("assistant_p99", f"{what}, p99", percentile(seconds, 99) * 1000, "ms", 300)


def _answered(folder: Path, scale: Scale) -> list[float]:
    """How long each question of the evaluation took, over HTTP. The first three are asked before, to start what is needed."""
    lines = folder / "events.jsonl"
    write_events(lines, scale.file_events, datetime.now(UTC) - timedelta(seconds=scale.file_events / RATE), RATE)
    replay(lines, folder / "lake")
    with running(folder / "lake") as lakehouse:
        for case in cases()[:3]:
            _seconds(lakehouse, case.ask)
        return [_seconds(lakehouse, case.ask) for case in cases()[: scale.queries]]


def _seconds(lakehouse: Lakehouse, question: str) -> float:
    began = time.perf_counter()
    lakehouse.post("assistant/ask", {"question": question})
    return time.perf_counter() - began


ASSISTANT = Benchmark("assistant", "read and answer questions in words", _measure)
