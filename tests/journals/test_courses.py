"""What is learned goes on from minute to minute; whatever happens to gold or to the engine, it tells what all anew would tell."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from journals.gold_alone import GOLD, Gold, Shop
from rtlakehouse.anomalies.course import Courses
from rtlakehouse.anomalies.identity import Identity
from rtlakehouse.anomalies.judging import Anomaly, anomalies
from rtlakehouse.anomalies.series import Span
from rtlakehouse.anomalies.watched import BY_SEGMENT, SegmentDimension, Wanted
from rtlakehouse.catalog import Reading
from rtlakehouse.catalog.reader import TableReader
from rtlakehouse.clock import ManualClock
from rtlakehouse.journals import Journal, ToldAnomalies
from rtlakehouse.ml import DEFAULT, Learned, detector
from rtlakehouse.storage.maintenance import Finish

MINUTE = timedelta(minutes=1)
# From a Sunday evening on, so that a week begins on the way, which is learned from the one before.
FIRST = datetime(2026, 11, 22, 18, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001 - naive UTC, as identities have it
DELAY = timedelta(minutes=10)
COUNTRIES = {("country", "DE"): 9.0, ("country", "FR"): 3.0, ("country", "AT"): 1.1, ("country", "LI"): 0.6}
SHOPS = [
    Shop("acme", COUNTRIES | {("device", "mobile"): 8.0, ("device", "tablet"): 1.3}),
    Shop("other", {("campaign", "spring"): 4.0, ("campaign", ""): 2.0}, ("EUR", "USD")),
]
KNOWN = ("tenant_id", "id", "value", "severity", "reason", "dimension", "segment")


class Engine:
    """The journal as it is in an engine's process, which may be killed at any moment."""

    def __init__(self, gold: Gold, clock: ManualClock) -> None:
        self._gold = gold
        self._clock = clock
        self.start()

    def start(self) -> None:
        self._journal = Journal(self._gold.lake, self._clock, ToldAnomalies(self._gold.lake, self._clock, DELAY))

    def tell(self, *, killed: bool = False, refused: bool = False) -> str:
        """What is told of a minute more; killed before it is added, or refused by the disk. The trouble, where there is some."""
        act = self._journal.due()
        if act is None:
            return ""
        finish = act()
        if killed:
            self.start()
            return ""
        path = self._gold.lake.path("gold.anomalies")
        if refused:
            path.rename(path.with_suffix(".away"))
        try:
            return self._finished(finish)
        finally:
            if refused:
                path.with_suffix(".away").rename(path)

    def _finished(self, finish: Finish) -> str:
        return "".join(outcome.detail for outcome in finish() if outcome.is_fault)


def holds(gold: Gold) -> list[tuple[Any, ...]]:
    """What the table says."""
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(gold.lake.read("gold.anomalies").to_pylist(), key=lambda row: row["revision"]):
        last[row["tenant_id"], row["id"]] = row
    return sorted(tuple(row[name] for name in KNOWN) for row in last.values() if not row["withdrawn"])


def anew(gold: Gold, end: datetime) -> list[tuple[Any, ...]]:
    """What there is to tell, by what answers over HTTP, learned from the first minute on."""
    reader = TableReader(gold.lake, ManualClock(end), GOLD, memory_mb=64, gold_mb=64)
    snapshot = reader.snapshot()
    found: list[tuple[str, Anomaly]] = []
    for shop in SHOPS:
        reading = Reading(shop.tenant_id, snapshot, end)
        span = Span.of(reading, FIRST.replace(tzinfo=None), end.replace(tzinfo=None))
        of_segments = [Wanted(detector(DEFAULT), metric, None, each) for each in SegmentDimension for metric in BY_SEGMENT]
        for wanted in (Wanted(detector(DEFAULT)), *of_segments):
            found += [(shop.tenant_id, each) for each in anomalies(reading, span, wanted, Learned())[1]]
    reader.close()
    return sorted((tenant, *(getattr(each, name) for name in KNOWN[1:])) for tenant, each in found)


class Story:
    """What happens to a shop's gold and to the engine that tells of it."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.gold = Gold.at(path, chance.randrange(2**32))
        self.clock = ManualClock(FIRST)
        self.engine = Engine(self.gold, self.clock)
        self._chance = chance
        self._last = self.gold.versions()

    def goes_on(self, minutes: int, *, odd: bool) -> None:
        """Minutes more, of which the last are unlike the others where they are odd."""
        start, times = self.clock.now(), self._chance.choice([0.0, 6.0]) if odd else 1.0
        self.clock.advance(minutes * MINUTE)
        usual = minutes - min(minutes, 30) if odd else minutes
        for begin, many, much in ((0, usual, 1.0), (usual, minutes - usual, times)):
            if many:
                self.gold.put(SHOPS, start + begin * MINUTE, many, much)

    def is_corrected(self) -> None:
        """Of any minutes so far, often of the last, or of such as were told."""
        told = self.gold.lake.read("gold.anomalies")["window_start"].to_pylist()
        known = int((self.clock.now() - FIRST) / MINUTE)
        backs = [int((self.clock.now() - at) / MINUTE) for at in told]
        back = min(known, self._chance.choice([3, 30, 200, known, *self._chance.sample(backs, min(8, len(backs)))]))
        self.gold.put(
            SHOPS, self.clock.now() - back * MINUTE, min(back, self._chance.choice([1, 15])), self._chance.choice([0, 1, 9])
        )

    def is_restored(self) -> None:
        """As it was some time ago; what has come since comes again."""
        self.gold.restore(self._last)

    def is_remembered(self) -> None:
        self._last = self.gold.versions()

    def cannot_be_read(self) -> None:
        """For as long as it takes to fail, with an engine that goes on or a new one; then gold is back."""
        if self._chance.random() < 0.5:
            self.engine.start()
        self.goes_on(1, odd=False)
        folder = self.gold.lake.path("gold.segments_1m")
        files = [folder / file for file in self.gold.lake.files("gold.segments_1m")]
        for path in files:
            path.rename(path.with_suffix(".away"))
        # Not shown: what is printed of an error takes seconds.
        with capture_logs():
            assert "cannot be worked out" in self.engine.tell()
        for path in files:
            path.with_suffix(".away").rename(path)

    def happens(self) -> None:
        what: Callable[[], object] = self._chance.choice(
            [
                self.is_corrected,
                self.is_corrected,
                self.is_restored,
                self.is_remembered,
                self.cannot_be_read,
                self.gold.compact,
                self.engine.start,
                lambda: self.engine.tell(killed=True),
            ]
        )
        what()


@pytest.mark.parametrize("steps", [5, pytest.param(60, marks=pytest.mark.long)])
def test_whatever_happens_the_table_says_what_all_anew_would_tell(steps: int, tmp_path: Path, chance: random.Random) -> None:
    story = Story(tmp_path / "lake", chance)
    story.goes_on(500, odd=True)
    for step in range(steps):
        assert story.engine.tell() == ""
        for _ in range(chance.randrange(1, 3)):
            story.happens()
            story.goes_on(chance.choice([1, 2]), odd=False)
        story.goes_on(chance.choice([1, 7, 40, 90]), odd=chance.random() < 0.5)
        assert story.engine.tell() == ""
        if step % 3 == 2:
            assert holds(story.gold) == anew(story.gold, story.clock.now() - DELAY)
    rows = story.gold.lake.read("gold.anomalies")
    assert rows.num_rows


def test_what_is_corrected_of_the_week_before_is_learned_from_for_this_one(tmp_path: Path, chance: random.Random) -> None:
    story = Story(tmp_path / "lake", chance)
    story.goes_on(420, odd=False)
    assert story.engine.tell() == ""
    story.gold.put(SHOPS, FIRST + 150 * MINUTE, 15, times=4.0)
    story.gold.put(SHOPS, story.clock.now(), 30, times=20.0)
    story.clock.advance(40 * MINUTE)
    assert story.engine.tell() == ""
    found = holds(story.gold)
    assert found == anew(story.gold, story.clock.now() - DELAY)
    assert any(Identity.read(row[1]).at >= MONDAY for row in found)


def test_what_could_not_be_added_is_forgotten_and_with_it_what_was_learned(tmp_path: Path, chance: random.Random) -> None:
    story = Story(tmp_path / "lake", chance)
    story.goes_on(300, odd=False)
    assert story.engine.tell() == ""
    story.is_remembered()
    story.gold.put(SHOPS, story.clock.now() - 60 * MINUTE, 15, times=9.0)
    story.goes_on(1, odd=False)
    assert "cannot be added" in story.engine.tell(refused=True)
    story.is_restored()
    story.gold.put(SHOPS, story.clock.now(), 30, times=4.0)
    story.clock.advance(45 * MINUTE)
    assert story.engine.tell() == ""
    assert holds(story.gold) == anew(story.gold, story.clock.now() - DELAY) != []


def test_what_there_is_no_room_for_is_learned_anew_and_told_alike(tmp_path: Path) -> None:
    gold = Gold.at(tmp_path / "lake", 11)
    gold.put(SHOPS, FIRST, 200)
    gold.put(SHOPS, FIRST + 200 * MINUTE, 20, times=8.0)
    roomy, tight = Courses(), Courses(most_bytes=1)
    with closing(TableReader(gold.lake, ManualClock(FIRST), GOLD, memory_mb=64, gold_mb=64)) as reader:
        snapshot, found = reader.snapshot(), 0
        for minute in (190, 204, 205, 210, 220):
            for shop in SHOPS:
                reading = Reading(shop.tenant_id, snapshot, FIRST + minute * MINUTE)
                now = reading.watermark.replace(tzinfo=None)
                span = Span.of(reading, now - 30 * MINUTE, now)
                told = [list(courses.told(reading, span.start, span)) for courses in (roomy, tight)]
                assert told[0] == told[1]
                found += len(told[0])
    assert found
    assert (len(roomy.tenants), len(tight.tenants)) == (2, 1)
