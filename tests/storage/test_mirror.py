"""The copy of a lake in an object store: whole at every moment, and only what is new is copied. The store is a directory here."""

from __future__ import annotations

from pathlib import Path

import pytest
from deltalake import DeltaTable

from faults.loads import commit
from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import MirrorError, UsageError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.mirror import Mirror, Objects
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import commit_path, newest, read_commit
from running import drain, engine_on
from storage.conftest import BY_HAND, event


class CutOffError(Exception):
    """As if the process had been killed here."""


class Ending(Objects):
    """A store whose writer dies before a write."""

    def __init__(self, address: str, writes: int) -> None:
        super().__init__(address)
        self.left = writes

    def put(self, path: str, content: bytes | Path) -> None:
        self._count()
        super().put(path, content)

    def create(self, path: str, content: bytes) -> bool:
        self._count()
        return super().create(path, content)

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise CutOffError


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "there"


def mirror_of(lake: Lake, objects: Objects) -> Mirror:
    return Mirror(lake, objects, SystemClock())


def at(there: Path, table: str) -> Path:
    return there / TABLES[table].layer / TABLES[table].short_name


def assert_same(lake: Lake, there: Path) -> None:
    """Each table as a stranger reads it, against the lake's own version of it."""
    for name, version in _copied_versions(lake).items():
        found = DeltaTable(at(there, name))
        assert found.version() == version
        rows = TABLES[name].conform(found.to_pyarrow_table())
        assert sorted(map(str, rows.to_pylist())) == sorted(map(str, lake.read(name, version).to_pylist()))


def assert_whole(there: Path) -> None:
    """The files that each entry adds are there, and the versions that the newest entry of the ledger names."""
    heads = {name: newest(at(there, name)) for name in TABLES}
    for name, head in heads.items():
        for version in range(head + 1):
            entry = read_commit(at(there, name), version)
            assert entry
            assert all((at(there, name) / file.path).exists() for file in entry.adds)
    last = read_commit(at(there, LEDGER.name), heads[LEDGER.name])
    named = last.metadata.get("versions", {}) if last else {}
    assert all(heads[name] >= version for name, version in named.items())


def test_a_copy_reads_as_the_lake_and_another_pass_copies_only_what_is_new(refined: Lake, there: Path) -> None:
    mirror = mirror_of(refined, Objects(there.as_uri()))
    first = mirror.update()
    assert_same(refined, there)
    assert (mirror.update().entries, first.versions) == (0, _copied_versions(refined))
    _one_more(refined)
    again = mirror.update()
    assert 0 < again.files < first.files
    assert_same(refined, there)


def test_a_copy_that_is_cut_off_anywhere_is_whole_so_far_and_goes_on(refined: Lake, there: Path) -> None:
    cuts = 0
    while True:
        try:
            mirror_of(refined, Ending(there.as_uri(), writes=7)).update()
            break
        except CutOffError:
            cuts += 1
            assert_whole(there)
    assert cuts > 10
    assert_same(refined, there)


def test_where_entries_were_cleaned_away_a_copy_begins_at_a_checkpoint(refined: Lake, there: Path) -> None:
    path = refined.path("silver.events")
    DeltaTable(path).create_checkpoint()
    for version in range(newest(path)):
        commit_path(path, version).unlink()
    mirror_of(refined, Objects(there.as_uri())).update()
    assert_same(refined, there)


def test_a_place_is_one_lakes_and_one_historys(refined: Lake, there: Path, tmp_path: Path) -> None:
    objects = Objects(there.as_uri())
    mirror_of(refined, objects).update()
    with pytest.raises(MirrorError, match="mirrors another lake"):
        mirror_of(Lake.create(tmp_path / "other"), objects).update()
    last = at(there, LEDGER.name) / "_delta_log" / commit_path(there, newest(at(there, LEDGER.name))).name
    last.write_bytes(last.read_bytes().replace(b"timestamp", b"timestomp"))
    with pytest.raises(MirrorError, match="has another version"):
        mirror_of(refined, objects).update()


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="such as s3://"):
        Objects("bucket/folder")


def _copied_versions(lake: Lake) -> dict[str, int]:
    """Of bronze what has been worked off."""
    return {**lake.vector(), "bronze.events": lake.processed()}


def _one_more(lake: Lake) -> None:
    """One more event, worked through."""
    commit(lake, [b""] * (100 + len(BY_HAND)) + [event("one more", "purchase")])
    engine = engine_on(lake)
    drain(engine)
    engine.close()
