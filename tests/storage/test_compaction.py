"""Compaction: fewer files, the same rows, each where it came from; and it says what it did."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow as pa

from rtlakehouse.clock import SystemClock
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits, Maintenance, Outcome
from running import broken
from storage.rows import BRONZE, KPIS, append, counts, minute, positions, windows

SILVER = "silver.events"


def upkeep_of(lake: Lake, **limits: int) -> Maintenance:
    return Maintenance(lake, SystemClock(), Limits(**limits))  # type: ignore[arg-type]


def state(root: Path) -> dict[Path, tuple[int, int]]:
    """Every file with its size and time of change."""
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file()}


def rows_of(lake: Lake) -> dict[str, list[str]]:
    return {name: sorted(map(repr, lake.read(name).to_pylist())) for name in TABLES}


def several(lake: Lake, table: str) -> Counter[Path]:
    """The folders with more files than one, and how many: what there is of a day may be one file, just after midnight."""
    found = Counter(Path(path).parent for path in lake.files(table))
    return Counter({folder: count for folder, count in found.items() if count > 1})


def test_every_table_has_fewer_files_and_the_same_rows(refined: Lake) -> None:
    """Coordinates among them: where each row came from is part of it."""
    before, many = rows_of(refined), {name: several(refined, name) for name in TABLES}
    upkeep = upkeep_of(refined, compact_files=2)
    outcomes = {name: upkeep.compact(name) for name in TABLES}
    assert rows_of(refined) == before
    for name, folders in many.items():
        said = f"{folders.total()} files into {len(folders)}"
        assert outcomes[name] == ([Outcome(name, "compact", said)] if folders else [])
        assert not several(refined, name)
    assert sum(bool(outcome) for outcome in outcomes.values()) >= 4
    assert broken(refined) == []


def test_small_files_are_gathered_as_they_come_and_few_are_left_alone(lake: Lake) -> None:
    upkeep = upkeep_of(lake, compact_files=5)
    for position in range(18):
        append(lake, position)
        upkeep.compact(BRONZE)
        assert len(lake.files(BRONZE)) < 5
    assert positions(lake) == list(range(18))


def test_files_of_the_first_size_are_gathered_again_once_there_are_many(lake: Lake) -> None:
    """Windowed tables gather to 1 MB first: a target below that makes every file one of them."""
    writer = lake.writer(KPIS)
    for number in range(8):
        writer.append(windows({number: number}), "app", number, {})
    size = max(file.size_bytes for file in lake.files(KPIS).values())
    assert upkeep_of(lake, compact_files=100, target_bytes=size * 100).compact(KPIS) == []
    (outcome,) = upkeep_of(lake, compact_files=8, target_bytes=size * 100).compact(KPIS)
    assert outcome.detail == "8 files into 1"
    assert counts(lake) == {number: number for number in range(8)}


def test_files_that_are_alone_in_their_partition_are_left_alone(refined: Lake) -> None:
    """However many days there are: each day's file is rewritten by nothing but its own day's."""
    upkeep, writer = upkeep_of(refined, compact_files=2), refined.writer(SILVER)
    rows = refined.read(SILVER).slice(0, 1)
    days = [pa.array([date(2020, 1, day)], pa.date32()) for day in (1, 2, 3)]
    for day in days:
        place = rows.column_names.index("event_date")
        writer.append(rows.set_column(place, "event_date", day), "app", writer.version + 1, {})
    upkeep.compact(SILVER)
    alone = refined.files(SILVER)
    assert len(alone) > 2
    assert upkeep.compact(SILVER, dry_run=True) == upkeep.compact(SILVER) == []
    writer.reopen()
    writer.append(rows.set_column(place, "event_date", days[0]), "app", writer.version + 1, {})
    (outcome,) = upkeep.compact(SILVER)
    assert outcome.detail == "2 files into 1"
    assert len(refined.files(SILVER).keys() & alone.keys()) == len(alone) - 1


def test_a_compaction_is_sealed(lake: Lake) -> None:
    for position in range(4):
        append(lake, position)
    upkeep_of(lake, compact_files=2).compact(BRONZE)
    seals = lake.seals(BRONZE)
    for path in lake.files(BRONZE):
        seals.check(path, seals.read()[path])


def test_upkeep_is_due_for_the_table_with_the_most_commits_since_its_checkpoint(lake: Lake) -> None:
    upkeep = upkeep_of(lake, compact_files=4)
    assert upkeep.due() is None
    for position in range(4):
        assert upkeep.due() is None
        append(lake, position)
    assert upkeep.due() == BRONZE
    actions = [outcome.action for outcome in upkeep.run(BRONZE)]
    assert actions == ["compact", "checkpoint"]
    assert upkeep.due() is None
    assert upkeep.run(BRONZE) == []


def test_a_dry_run_says_what_would_be_done_and_changes_nothing(refined: Lake) -> None:
    upkeep = upkeep_of(refined, compact_files=2, log_commits=1)
    before = state(refined.root)
    said = [
        outcome.detail
        for name in TABLES
        for act in (upkeep.compact, upkeep.checkpoint, upkeep.clean_log, upkeep.vacuum)
        for outcome in act(name, dry_run=True)
    ]
    assert state(refined.root) == before
    assert len(said) >= len(TABLES)
    assert all(detail.startswith("would ") for detail in said)


def test_any_history_of_writes_and_upkeep_keeps_the_rows(lake: Lake, chance: random.Random) -> None:
    writer = lake.writer(KPIS)
    upkeep = upkeep_of(lake, compact_files=3, log_commits=2)
    expected: dict[int, int] = {}
    for progress in range(18):
        new = dict.fromkeys(chance.sample(range(40), chance.randrange(1, 6)), progress)
        replaced = [minute(number) for number in new]
        writer.seal(writer.replace(windows(new), replaced, "app", progress, {}))
        expected |= new
        if chance.random() < 0.4:
            upkeep.run(KPIS)
            writer.reopen()
        assert counts(lake) == expected
    assert len(lake.files(KPIS)) <= 10
