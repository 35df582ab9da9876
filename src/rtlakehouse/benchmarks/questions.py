"""The questions of the evaluation, asked of its shop at its moment, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, timedelta
from pathlib import Path

import pyarrow as pa

from rtlakehouse.api.answers import Answers
from rtlakehouse.api.assistant.schemas import AssistantAnswer
from rtlakehouse.api.assistant.service import asked, told
from rtlakehouse.api.cache import Cache
from rtlakehouse.api.parameters import ReadParameters
from rtlakehouse.assistant.evaluation.cases import MOMENT, Split, cases
from rtlakehouse.assistant.evaluation.figures import figures, is_right
from rtlakehouse.assistant.evaluation.shop import events
from rtlakehouse.catalog import Catalog
from rtlakehouse.clock import ManualClock, SystemClock
from rtlakehouse.ingest.appender import BronzeAppender
from rtlakehouse.ingest.records import DEFAULT_TENANT, records
from rtlakehouse.refining import refining
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake

__all__ = ["answering", "answers_right"]

_WATERMARK = timedelta(seconds=15)


@contextmanager
def answering(folder: Path) -> Iterator[Callable[[str], AssistantAnswer]]:
    """What answers a question, over a lake of the shop that is made in this folder."""
    lake = _shop(folder)
    now = MOMENT.now.replace(tzinfo=UTC)
    with closing(Catalog(lake, SystemClock(), poll=timedelta(seconds=1), memory_mb=256, gold_mb=64)) as catalog:
        catalog.start()
        answers = Answers(catalog, ManualClock(now), _WATERMARK, Cache(0, 0))

        def answer(question: str) -> AssistantAnswer:
            reading = answers.reading(ReadParameters(), None, None)
            return told(reading, asked(reading, question, None, now))

        yield answer


def answers_right(answer: Callable[[str], AssistantAnswer], split: Split) -> dict[str, bool]:
    """Each question of a split that has figures, and whether it was answered with them."""
    asked_for = [case.ask for case in cases() if case.split == split and case.ask in figures()]
    return {question: is_right(question, answer(question).data) for question in asked_for}


def _shop(folder: Path) -> Lake:
    lake = Lake.create(folder)
    sent = list(events())
    rows = records(
        [each.raw for each in sent],
        tenant_id=DEFAULT_TENANT,
        source="evaluation",
        topic="shop",
        partition=0,
        first_position=0,
        received_at=pa.array([each.received_at for each in sent], pa.timestamp("us", "UTC")),
        ingested_at=MOMENT.now.replace(tzinfo=UTC) + timedelta(minutes=10),
    )
    BronzeAppender(lake, "evaluation").append(rows, len(sent) - 1)
    with refining(Settings(lake=folder), lake, SystemClock()) as engine:
        engine.finish()
    return lake
