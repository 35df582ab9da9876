"""What takes long of upkeep is done beside the batches; what commits, between two of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from faults.loads import commit, shop
from rtlakehouse.clock import SystemClock
from rtlakehouse.pipeline import Pipeline
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import follow
from rtlakehouse.storage.maintenance import Act, Finish, Limits, Maintenance, Outcome
from running import broken, engine_on
from storage.rows import BRONZE, KPIS, append, minute, numbered, positions, windows

LATER = [Outcome(BRONZE, "compact", "another commit came first; it is tried again later")]


def compaction(lake: Lake, table: str) -> Finish:
    """One that was begun beside the batches, and not yet finished."""
    return Maintenance(lake, SystemClock(), Limits(compact_files=2)).acts(table)[0]()


def data_files(lake: Lake) -> int:
    return len(list(lake.path(BRONZE).glob("*.parquet")))


def test_rows_that_come_while_files_are_gathered_stay_in_their_own(lake: Lake) -> None:
    for position in range(3):
        append(lake, position)
    finish = compaction(lake, BRONZE)
    assert (len(lake.files(BRONZE)), data_files(lake)) == (3, 4)
    append(lake, 3)
    assert [outcome.detail for outcome in finish()] == ["3 files into 1"]
    assert positions(lake) == [0, 1, 2, 3]
    assert sorted(file.rows for file in lake.files(BRONZE).values()) == [1, 3]
    assert positions(lake, 4) == [0, 1, 2, 3]


def test_gathered_files_that_went_meanwhile_do_not_come_back(lake: Lake) -> None:
    for position in range(3):
        append(lake, position)
    finish = compaction(lake, BRONZE)
    writer = lake.writer(BRONZE)
    writer.seal(writer.exchange(list(lake.files(BRONZE))[:1], [], {"rtl.rewrite": 1}, {}, "RESTORE"))
    before = positions(lake)
    assert finish() == LATER
    assert (positions(lake), len(before), data_files(lake)) == (before, 2, 3)


def test_windows_that_were_replaced_meanwhile_are_gathered_as_they_are_now(lake: Lake) -> None:
    """Batches replace files of windows, so these are looked through beside them, and gathered between two."""
    writer = lake.writer(KPIS)
    for number in range(4):
        writer.append(windows({number: 1}), "app", number, {})
    finish = compaction(lake, KPIS)
    writer.replace(windows({0: 9, 1: 9}), [minute(0), minute(1)], "app", 9, {})
    assert [outcome.detail for outcome in finish()] == ["3 files into 1"]
    assert sorted(lake.read(KPIS)["events"].to_pylist()) == [1, 1, 9, 9]


class Held(Maintenance):
    """Upkeep whose acts go on only when they are let."""

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake, SystemClock(), Limits(compact_files=3))
        self.let = threading.Event()
        self.begun = threading.Event()
        self.beside: list[str] = []
        self.finished: list[str] = []

    def acts(self, table: str) -> list[Act]:
        return [self._held(act) for act in super().acts(table)]

    def _held(self, act: Act) -> Act:
        def held() -> Finish:
            self.begun.set()
            assert self.let.wait(60)
            self.beside.append(threading.current_thread().name)
            finish = act()

            def finished() -> list[Outcome]:
                self.finished.append(threading.current_thread().name)
                return finish()

            return finished

        return held


@pytest.fixture
def upkeep(lake: Lake) -> Iterator[Held]:
    held = Held(lake)
    yield held
    held.let.set()


class Job:
    """One step, which says whether an act of upkeep was under way then."""

    def __init__(self, upkeep: Held) -> None:
        self._upkeep = upkeep
        self.is_asked_for = False
        self.unfinished: int | None = None

    def is_due(self) -> bool:
        return self.is_asked_for

    def advance(self) -> None:
        self.is_asked_for = False
        self.unfinished = len(self._upkeep.beside) - len(self._upkeep.finished)


def test_no_batch_waits_for_an_act_and_jobs_do(lake: Lake, upkeep: Held) -> None:
    sent, _ = shop(seed=11, count=40)
    job = Job(upkeep)
    engine = engine_on(lake)
    pipeline = Pipeline(lake, engine, SystemClock(), upkeep, lane=job)
    pipeline.recover()
    for count in range(1, 9):
        commit(lake, sent[:count], size=1)
        assert pipeline.step() is not None
    assert upkeep.begun.wait(60)
    assert (upkeep.finished, pipeline.done) == ([], lake.version(BRONZE))
    job.is_asked_for = True
    threading.Timer(0.2, upkeep.let.set).start()
    pipeline.turn()
    assert job.unfinished == 0
    assert set(upkeep.beside) == {"upkeep_0"}
    assert set(upkeep.finished) == {threading.current_thread().name}
    commit(lake, sent, size=1)
    pipeline.drain()
    assert len(lake.files(BRONZE)) < lake.version(BRONZE)
    assert broken(lake) == []
    engine.close()


def test_a_row_is_written_again_as_often_as_files_double(lake: Lake) -> None:
    """Not once for each act, with all the small files there are: a day of a busy lake would be written a thousand times."""
    upkeep = Maintenance(lake, SystemClock(), Limits(compact_files=10, log_commits=10_000))
    writer = lake.writer(BRONZE)
    added = rewritten = 0
    for number in range(160):
        commit = writer.append(numbered(*range(300 * number, 300 * (number + 1))), "app", number, {})
        added += sum(file.rows for file in commit.adds)
        upkeep.run(BRONZE)
        writer.refresh()
    for made in follow(lake.path(BRONZE), 0):
        rewritten += 0 if made.data_change else sum(file.rows for file in made.adds)
    assert positions(lake) == list(range(added))
    assert len(lake.files(BRONZE)) <= 20
    assert added < rewritten <= 6 * added
