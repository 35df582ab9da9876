"""What has changed of gold is known by rows, whose they are and of which minute; where they cannot be had, by bounds of files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journals.gold_alone import GOLD, Gold, Shop
from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.reader import TableReader
from rtlakehouse.clock import ManualClock
from rtlakehouse.contract.floors import Floors
from rtlakehouse.journals import changes as module
from rtlakehouse.journals.changes import Changes, Files, changes, files_then

MINUTE = timedelta(minutes=1)
START = datetime(2026, 11, 24, 10, tzinfo=UTC)
ACME, OTHER = Shop("acme", {("country", "DE"): 5.0}), Shop("other", {("country", "FR"): 5.0})


@pytest.fixture
def gold(tmp_path: Path) -> Gold:
    """Two hours of two shops, in several files."""
    gold = Gold.at(tmp_path / "lake", 3)
    for minute in range(0, 120, 30):
        gold.put([ACME, OTHER], START + minute * MINUTE, 30)
    return gold


@pytest.fixture
def reader(gold: Gold) -> Iterator[TableReader]:
    with closing(TableReader(gold.lake, ManualClock(START), GOLD, memory_mb=64, gold_mb=16)) as reader:
        yield reader


def files(snapshot: Snapshot) -> Files:
    return {name: snapshot.files[name] for name in GOLD}


def test_compaction_changes_nothing(gold: Gold, reader: TableReader) -> None:
    before = files(reader.snapshot())
    gold.compact()
    snapshot = reader.snapshot()
    assert files(snapshot) != before
    assert changes(snapshot, before, GOLD) == Changes()


@pytest.mark.parametrize("large", [100_000, 0])
def test_a_correction_changes_its_minutes_of_its_tenant_however_large_the_file(
    large: int, gold: Gold, reader: TableReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LARGE_ROWS", large)
    gold.compact()
    before = files(reader.snapshot())
    rows = gold.lake.read("gold.segments_1m")
    at = START + 70 * MINUTE
    gold.put([ACME, OTHER], at, 1, times=20.0)
    assert changes(reader.snapshot(), before, GOLD) == Changes(None, {"acme": at, "other": at})
    assert gold.lake.read("gold.segments_1m").num_rows == rows.num_rows
    gold.restore({name: gold.lake.version(name) - 1 for name in GOLD})
    assert changes(reader.snapshot(), before, GOLD) == Changes()


def test_of_whom_nothing_has_changed_no_change_is_told(gold: Gold, reader: TableReader) -> None:
    gold.put([ACME], START + 121 * MINUTE, 1)
    before = files(reader.snapshot())
    gold.put([ACME], START + 121 * MINUTE, 2, times=20.0)
    found = changes(reader.snapshot(), before, GOLD)
    assert found.of("acme") == START + 121 * MINUTE == found.first
    assert found.of("other") is None


def test_what_is_let_go_of_is_no_change(gold: Gold, reader: TableReader) -> None:
    before = files(reader.snapshot())
    gold.put([ACME, OTHER], START, 60, times=0.0)
    snapshot = reader.snapshot()
    assert changes(snapshot, before, GOLD).first == START
    kept = Floors(START + 60 * MINUTE, {"acme": START + 30 * MINUTE})
    raised = Snapshot(**{**vars(snapshot), "floors": {"gold": kept, "silver": Floors()}})
    assert changes(raised, before, GOLD) == Changes(None, {"acme": START + 30 * MINUTE})


def test_of_files_that_are_gone_or_of_tables_never_looked_at_bounds_say_it(gold: Gold, reader: TableReader) -> None:
    snapshot = reader.snapshot()
    before = files(snapshot)
    assert changes(snapshot, None, GOLD) == Changes(START)
    assert changes(snapshot, {name: before[name] for name in GOLD[:2]}, GOLD) == Changes(START)
    gold.put([ACME, OTHER], START + 40 * MINUTE, 1, times=20.0)
    gold.vacuum()
    assert changes(reader.snapshot(), before, GOLD) == Changes(START + 30 * MINUTE)


def test_files_of_a_version_are_those_that_it_had(gold: Gold, reader: TableReader) -> None:
    before, versions = files(reader.snapshot()), gold.versions()
    gold.put([ACME], START, 1)
    then = files_then(gold.lake, versions)
    assert then is not None
    assert {name: set(of) for name, of in then.items()} == {name: set(of) for name, of in before.items()}
