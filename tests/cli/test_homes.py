"""Commands that change a lake whose home is an object store: they take its lease, and what they commit is there when they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.commands import Commands
from mending.lakes import DAY
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.mirror import Objects
from rtlakehouse.storage.erasures import Erasures
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import newest
from shapes import found_in
from storage.test_home import fill, kept, lease

SPAN = ("--from", DAY.start.isoformat(), "--to", DAY.end.isoformat())


@pytest.mark.parametrize(
    "arguments",
    [("optimize",), ("backfill", *SPAN), ("erase", "nobody", "--yes"), ("handover", "--to", "embedded")],
    ids=lambda a: a[0],
)
def test_what_a_command_commits_is_in_the_home_when_it_ends(
    arguments: tuple[str, ...], on_copy: Commands, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    on_copy.ok(*arguments, settings={"home": home.as_uri()})
    lake = Lake.open(on_copy.lake)
    assert {name: newest(home / name.replace(".", "/")) for name in TABLES} == {name: newest(lake.path(name)) for name in TABLES}
    # The lease was given back: nobody has to wait for it to run out.
    assert lease(home, "another", seconds=30).take() is False
    assert found_in(fill(tmp_path / "filled", Objects(home.as_uri()))) == found_in(lake)


def test_a_command_is_refused_while_another_machine_works_on_the_lake(on_copy: Commands, tmp_path: Path) -> None:
    home, before = tmp_path / "home", found_in(Lake.open(on_copy.lake))
    other = lease(home, "another", seconds=30)
    other.take()
    with kept(other):
        for arguments in (("backfill", *SPAN), ("optimize",), ("erase", "nobody", "--yes")):
            said = on_copy.run(*arguments, settings={"home": home.as_uri()})
            assert said.code != 0
            assert "is worked on by the process" in said.said
    lake = Lake.open(on_copy.lake)
    assert found_in(lake) == before
    assert list(Erasures(lake).list("default")) == []
