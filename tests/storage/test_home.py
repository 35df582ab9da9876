"""A lake whose home is an object store, here a directory: filled from there, uploaded, of one writer, whole at every write."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from faults.loads import commit
from mending.lakes import RULES
from mending.test_erasure import erase
from rtlakehouse.api.events.gateway import Gateway
from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import DivergedError, LakeLockedError, MirrorError, SourceError
from rtlakehouse.home import Filling, HomeLease, Upload, await_home, fence, opened_home, require_filled
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.mending import Keeping, Retention, Terms
from rtlakehouse.mirror import Objects
from rtlakehouse.settings import load_settings
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import newest
from rtlakehouse.storage.rewrite import finish_rewrite
from running import broken, drain, engine_on
from shapes import found_in
from storage.conftest import BY_HAND, event
from storage.test_mirror import CutOffError, Ending

CLOCK = SystemClock()
EVERY = range(1000)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def upload(lake: Lake, objects: Objects, epoch: int = 1) -> None:
    upload = Upload(lake, objects, epoch, CLOCK)
    try:
        upload.begin()
        upload.run()
    finally:
        upload.close()


def fill(root: Path, objects: Objects) -> Lake:
    lake = Lake(root)
    lake.control.mkdir(parents=True, exist_ok=True)
    filling = Filling(lake, objects)
    try:
        filling.run()
    finally:
        filling.close()
    return Lake.create(root)


def work(lake: Lake, number: int) -> None:
    """One more event, worked through."""
    commit(lake, [b""] * (100 + len(BY_HAND) + number) + [event(f"one more {number}", "purchase")])
    engine = engine_on(lake)
    drain(engine)
    engine.close()


def finish(lake: Lake) -> None:
    """What an engine does at its start."""
    finish_rewrite(lake)
    engine = engine_on(lake)
    drain(engine)
    engine.close()


def lease(home: Path, copy: str, seconds: float = 0.2) -> HomeLease:
    return HomeLease(Objects(home.as_uri()), copy, CLOCK, timedelta(seconds=seconds))


def test_a_working_copy_filled_from_the_home_goes_on_as_the_lake_would(refined: Lake, home: Path, tmp_path: Path) -> None:
    upload(refined, Objects(home.as_uri()))
    filled = fill(tmp_path / "filled", Objects(home.as_uri()))
    assert (found_in(filled), broken(filled)) == (found_in(refined), [])
    assert filled.healed == ()
    work(filled, 0)
    assert broken(filled) == []
    assert filled.read("ops.ledger").num_rows == refined.read("ops.ledger").num_rows + 1


def two_batches(lake: Lake) -> None:
    for number in range(2):
        work(lake, number)


def rewrites(lake: Lake) -> None:
    """All of bronze, silver and gold goes, each table's in a rewrite with others."""
    keeping = Keeping(bronze=Terms(1), quarantine=Terms(1), silver=Terms(8), gold=Terms(8))
    Retention(lake, keeping, CLOCK.now() + timedelta(days=1_000), RULES).run()


def assert_each_cut_is_whole(
    refined: Lake, home: Path, tmp_path: Path, writes: Iterable[int], change: Callable[[Lake], None] = two_batches
) -> int:
    """Cut the upload of a change off before these writes, each time anew: what is there is gone on with, here and elsewhere.

    Returns how often it was cut off.
    """
    upload(refined, Objects(home.as_uri()))
    change(refined)
    for cuts, left in enumerate(writes):
        shutil.copytree(home, there := tmp_path / f"there{left}")
        try:
            upload(refined, Ending(there.as_uri(), writes=left))
        except CutOffError:
            shutil.copytree(there, again := tmp_path / f"again{left}")
        else:
            return cuts
        filled = fill(tmp_path / f"filled{left}", Objects(there.as_uri()))
        finish(filled)
        assert broken(filled) == []
        upload(filled, Objects(there.as_uri()), 2)
        upload(refined, Objects(again.as_uri()), 2)
        assert found_in(fill(tmp_path / f"whole{left}", Objects(again.as_uri()))) == found_in(refined)
    return len(list(writes))


def test_a_home_that_is_cut_off_is_one_that_an_engine_goes_on_with(refined: Lake, home: Path, tmp_path: Path) -> None:
    assert assert_each_cut_is_whole(refined, home, tmp_path, (9, 14)) == 2


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_home_that_is_cut_off_before_any_write_is_one_that_an_engine_goes_on_with(
    refined: Lake, home: Path, tmp_path: Path
) -> None:
    assert assert_each_cut_is_whole(refined, home, tmp_path, range(1000)) > 20


@pytest.mark.parametrize(
    "writes", [(4,), pytest.param(range(1000), marks=[pytest.mark.long, pytest.mark.timeout(1200)])], ids=str
)
def test_a_change_of_several_tables_that_is_cut_off_is_one_that_an_engine_makes_whole(
    refined: Lake, home: Path, tmp_path: Path, writes: Iterable[int]
) -> None:
    assert assert_each_cut_is_whole(refined, home, tmp_path, writes, rewrites) in {1, *range(10, 1000)}


class EndingReads(Objects):
    """A store whose reader dies before a read."""

    def __init__(self, address: str, reads: int) -> None:
        super().__init__(address)
        self.left = reads
        self.lock = threading.Lock()

    def download(self, path: str, to: Path) -> bool:
        with self.lock:
            self.left -= 1
            if self.left < 0:
                raise CutOffError
        return super().download(path, to)


def test_a_filling_that_is_cut_off_anywhere_is_gone_on_with(refined: Lake, home: Path, tmp_path: Path) -> None:
    upload(refined, Objects(home.as_uri()))
    settings = load_settings(lake=str(tmp_path / "filled"), home=home.as_uri())
    cuts = 0
    while True:
        try:
            filled = fill(tmp_path / "filled", EndingReads(home.as_uri(), reads=30 + cuts))
            break
        except CutOffError:
            cuts += 1
            with pytest.raises(Exception, match="no whole working copy"):
                require_filled(settings)
    assert cuts > 1
    require_filled(settings)
    assert (found_in(filled), broken(filled)) == (found_in(refined), [])


def test_a_copy_that_is_behind_is_brought_up_and_one_with_another_history_is_refused(
    refined: Lake, home: Path, tmp_path: Path
) -> None:
    objects = Objects(home.as_uri())
    upload(refined, objects)
    other = fill(tmp_path / "other", objects)
    work(refined, 0)
    upload(refined, objects)
    assert found_in(fill(other.root, objects)) == found_in(refined)
    fence(objects, 2, CLOCK)
    work(refined, 1)
    with pytest.raises(DivergedError, match="has another version"):
        upload(refined, objects)
    with pytest.raises(DivergedError, match=r"1 commits of bronze.events \(1 rows\)"):
        fill(refined.root, objects)
    work(fill(other.root, objects), 2)
    upload(other, objects)
    assert broken(fill(tmp_path / "third", objects)) == []


def test_a_first_upload_that_is_cut_off_is_no_home(refined: Lake, home: Path, tmp_path: Path) -> None:
    with pytest.raises(CutOffError):
        upload(refined, Ending(home.as_uri(), writes=20))
    with pytest.raises(MirrorError, match="its first upload was cut off"):
        fill(tmp_path / "filled", Objects(home.as_uri()))
    upload(refined, Objects(home.as_uri()))
    assert found_in(fill(tmp_path / "filled", Objects(home.as_uri()))) == found_in(refined)


def test_a_lease_is_anothers_when_its_holder_is_not_heard_of(home: Path) -> None:
    first, second = lease(home, "a"), lease(home, "b")
    assert (first.take(), first.epoch) == (False, 1)
    assert (second.take(), second.epoch) == (True, 2)
    first._renew_at = 0.0
    with pytest.raises(DivergedError, match="has taken over"):
        first.keep()


def test_a_holder_that_is_alive_keeps_its_lease_and_one_that_ends_gives_it_back(home: Path) -> None:
    first = lease(home, "a", seconds=30)
    first.take()
    with kept(first), pytest.raises(LakeLockedError, match="is worked on by the process"):
        lease(home, "b").take()
    assert lease(home, "a").take() is False
    third = lease(home, "c", seconds=30)
    first.epoch = 2
    first.release()
    assert (third.take(), third.epoch) == (False, 3)


@contextmanager
def kept(held: HomeLease) -> Iterator[None]:
    """Renews it as often as it can."""
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(0.05):
            held._renew_at = 0.0
            held.keep()

    thread = threading.Thread(target=keep)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_what_is_committed_while_a_home_is_open_is_there_when_it_is_closed(refined: Lake, home: Path, tmp_path: Path) -> None:
    settings = load_settings(lake=str(refined.root), home=home.as_uri())
    with opened_home(settings, CLOCK) as opened:
        opened.keep(Lake.create(refined.root), lambda: None)
        work(refined, 0)
    assert found_in(fill(tmp_path / "filled", Objects(home.as_uri()))) == found_in(refined)
    elsewhere = load_settings(lake=str(tmp_path / "elsewhere"), home=home.as_uri())
    with opened_home(elsewhere, CLOCK) as opened:
        opened.keep(Lake.create(elsewhere.lake), lambda: None)
    assert {name: newest(Lake(elsewhere.lake).path(name)) for name in TABLES} == {n: newest(refined.path(n)) for n in TABLES}


def test_a_post_is_acknowledged_when_its_home_has_it_and_not_before(refined: Lake, home: Path) -> None:
    settings = load_settings(lake=str(refined.root), home=home.as_uri())
    bronze = home / "bronze" / "events"
    with opened_home(settings, CLOCK) as opened:
        opened.keep(Lake.create(refined.root), lambda: None)
        gateway = Gateway(refined, CLOCK, timedelta(), 100, 1 << 20, partial(await_home, refined.control))
        gateway.start()
        try:
            for number in range(3):
                asyncio.run(gateway.submit([event(f"posted {number}", "purchase")], "default"))
                assert newest(bronze) == refined.version("bronze.events")
        finally:
            gateway.stop()
    behind = refined.version("bronze.events") + 1
    with pytest.raises(SourceError, match="not in the lake's home"):
        await_home(refined.control, behind, timedelta(seconds=0.01))


def test_an_address_is_a_home_with_a_folder_of_its_own() -> None:
    one, other = load_settings(lake="s3://shop/lake"), load_settings(lake="s3://shop-lake/")
    assert one.home == "s3://shop/lake"
    assert one.lake != other.lake
    assert one.lake.name.startswith("shop-lake-")
    assert load_settings(lake="lake").home == ""


def test_an_erasure_that_was_made_while_no_engine_ran_goes_to_the_home(refined: Lake, home: Path, tmp_path: Path) -> None:
    objects = Objects(home.as_uri())
    upload(refined, objects)
    user = refined.read("silver.events")["user_id"][0].as_py()
    erase(refined, user)
    again = fill(refined.root, objects)
    finish(again)
    upload(again, objects, epoch=2)
    filled = fill(tmp_path / "filled", objects)
    finish(filled)
    assert broken(filled) == []
    assert found_in(filled) == found_in(again)
    assert user not in filled.read("silver.events")["user_id"].to_pylist()
