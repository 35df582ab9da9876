"""Control stores of both kinds, empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from control import postgres
from rtlakehouse.clock import ManualClock
from rtlakehouse.control import Keys, Store
from rtlakehouse.settings import Settings
from storage.rows import NOON

Opener = Callable[[], Store]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres.running() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def chosen(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings that name an empty store of each kind."""
    if request.param == "sqlite":
        return Settings(lake=tmp_path / "lake")
    url = postgres.new_database(request.getfixturevalue("server"))
    return Settings.model_validate({"lake": tmp_path / "lake", "control_url": url})


@pytest.fixture
def opener(chosen: Settings) -> Iterator[Opener]:
    """Opens one and the same store, as another process would."""
    opened: list[Store] = []

    def open_it() -> Store:
        opened.append(Store.open(chosen))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(opener: Opener) -> Store:
    return opener()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def keys(store: Store, clock: ManualClock) -> Keys:
    return Keys(store, clock)
