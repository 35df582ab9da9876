"""Time travel: a moment or a vector of versions answers as it was answered then, or says what is still there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from catalog.following import Answers, Writer, answers, catalog_on
from faults.loads import shop
from rtlakehouse.catalog import Catalog, Snapshot
from rtlakehouse.clock import ManualClock, isoformat
from rtlakehouse.errors import NotFoundError, UsageError, VersionGoneError
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits

MILLISECOND = timedelta(milliseconds=1)
KPIS, SILVER, LEDGER = "gold.kpis_1m", "silver.events", "ops.ledger"


def vector(snapshot: Snapshot) -> str:
    return ",".join(f"{name}={version}" for name, version in snapshot.versions.items())


@pytest.fixture
def clock() -> ManualClock:
    """After all commits: what is less than a second old is waited for."""
    return ManualClock(datetime.now(UTC) + timedelta(hours=1))


@pytest.fixture
def catalog(lake: Lake, clock: ManualClock) -> Iterator[Catalog]:
    found = catalog_on(lake, clock)
    yield found
    found.close()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, list[tuple[Snapshot, Answers]], Writer]:
    """A lake with a few batches, and what the newest snapshot after each of them said."""
    lake = Lake.create(tmp_path_factory.mktemp("told") / "lake")
    sent, _ = shop(seed=62, count=120)
    writer = Writer(lake, sent, Limits(compact_files=2, log_commits=100))
    said = []
    for batch in range(6):
        if batch == 3:
            writer.keep_up()
        writer.write(15)
        catalog = catalog_on(lake)
        said.append((catalog.latest, answers(catalog.latest)))
        catalog.close()
    writer.keep_up()
    return lake, said, writer


Told = tuple[Lake, list[tuple[Snapshot, Answers]], Writer]


def test_a_vector_answers_as_it_did_then(told: Told, clock: ManualClock) -> None:
    lake, said, _ = told
    catalog = catalog_on(lake, clock)
    for then, answer in said:
        again = catalog.snapshot(vector(then))
        assert (again.versions, again.is_latest) == (then.versions, False)
        assert answers(again) == answer
    catalog.close()


def test_a_moment_answers_as_the_newest_batch_by_then(told: Told, clock: ManualClock, chance: random.Random) -> None:
    lake, said, _ = told
    catalog = catalog_on(lake, clock)
    following = [then.as_of for then, _ in said[1:]] + [clock.now()]
    for (then, answer), end in zip(said, following, strict=True):
        first, last = then.as_of, min(end, clock.now()) - MILLISECOND
        for moment in (first, last, first + (last - first) * chance.random()):
            again = catalog.snapshot(isoformat(moment))
            assert again.as_of == moment
            assert answers(again) == answer
    catalog.close()


def test_before_the_first_batch_there_is_nothing(told: Told, clock: ManualClock) -> None:
    lake, said, _ = told
    catalog = catalog_on(lake, clock)
    empty = catalog.snapshot(isoformat(said[0][0].as_of - MILLISECOND))
    assert [rows for rows in answers(empty).values() if rows] == []
    with pytest.raises(VersionGoneError, match="no longer kept"):
        catalog.snapshot("2020-01-01T00:00:00Z")
    catalog.close()


def test_a_vector_of_some_tables_answers_for_these(told: Told, clock: ManualClock) -> None:
    lake, said, _ = told
    then, answer = said[2]
    catalog = catalog_on(lake, clock)
    some = catalog.snapshot(f"{KPIS}={then.versions[KPIS]}")
    assert some.query("select * from rows", rows=KPIS).num_rows == len(answer[KPIS])
    with pytest.raises(UsageError, match=f"add it: {SILVER}=<version>"):
        some.query("select * from rows", rows=SILVER)
    catalog.close()


@pytest.mark.parametrize(
    ("as_of", "error", "said"),
    [
        ("yesterday", UsageError, "neither a time"),
        ("2026-11-24T10:00:00", UsageError, "write 2026-11-24T10:00:00Z for UTC"),
        ("2999-01-01T00:00:00Z", UsageError, "lies in the future"),
        (f"{KPIS}=1,{KPIS}=1", UsageError, "names a table twice"),
        ("gold.nothing=1", NotFoundError, "no table 'gold.nothing'"),
        (f"{KPIS}=77", NotFoundError, "has no version 77; its newest is 0"),
    ],
)
def test_what_is_no_point_of_the_past_is_told_apart(as_of: str, error: type[Exception], said: str, catalog: Catalog) -> None:
    with pytest.raises(error, match=said):
        catalog.snapshot(as_of)


def test_a_version_whose_files_were_vacuumed_names_the_oldest_that_is_left(lake: Lake, clock: ManualClock) -> None:
    sent, _ = shop(seed=63, count=80)
    writer = Writer(lake, sent)
    for _ in range(4):
        writer.write(20)
    catalog = catalog_on(lake, clock)
    old = f"{KPIS}=1"
    assert catalog.snapshot(old).query("select * from rows", rows=KPIS).num_rows > 0
    catalog.close()
    writer.keep_up(vacuum=True)
    catalog = catalog_on(lake, clock)
    with pytest.raises(VersionGoneError, match=f"{KPIS} version 1 was vacuumed") as gone:
        catalog.snapshot(old).query("select * from rows", rows=KPIS)
    assert gone.value.oldest is not None
    left = catalog.snapshot(f"{KPIS}={gone.value.oldest}")
    assert left.query("select * from rows", rows=KPIS).num_rows > 0
    catalog.close()


def test_a_version_whose_log_was_cleaned_is_gone(lake: Lake, clock: ManualClock) -> None:
    writer = Writer(lake, [b"broken"] * 40, Limits(compact_files=2, log_commits=1, retention=timedelta(0)))
    for _ in range(5):
        writer.write(4)
        writer.keep_up()
    catalog = catalog_on(lake, clock)
    oldest = lake.versions(LEDGER)[0]
    assert oldest > 1
    with pytest.raises(VersionGoneError, match=f"the oldest it keeps is {oldest}"):
        catalog.snapshot(f"{LEDGER}=1")
    catalog.close()


def test_the_present_is_waited_for_until_no_commit_can_get_its_time(lake: Lake, clock: ManualClock, catalog: Catalog) -> None:
    now = clock.now()
    assert catalog.snapshot(isoformat(now)).as_of == now
    assert clock.now() == now + timedelta(seconds=1)
