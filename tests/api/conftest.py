"""A lake that all tests of the API read, and copies of it for those that change it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import oracle
from api.serving import Site, fill, records_of, site_on
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import Settings

# Ahead of the real time, by which commits are dated: a lake may be made long after this file was read.
NOW = (datetime.now(UTC) + timedelta(hours=1)).replace(second=40, microsecond=0)
# When the tests read: by then all commits are long past.
READ_AT = NOW + timedelta(minutes=5)

SiteMaker = Callable[..., AbstractContextManager[Site]]


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Logs as a server writes them; structlog's own way of showing an error takes a minute of them."""
    configure(Settings(log_format="json"), "test")


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with thirty hours of a shop up to NOW; not to be changed."""
    path: Path = tmp_path_factory.mktemp("api") / "lake"
    fill(path, NOW)
    return path


@pytest.fixture(scope="session")
def site(filled: Path) -> Iterator[Site]:
    """The API on that lake; not to be posted to."""
    with site_on(filled, READ_AT) as found:
        yield found


@pytest.fixture(scope="session")
def expected(site: Site) -> oracle.Expected:
    """What the oracle makes of what was posted."""
    return oracle.run(records_of(site.lake))


@pytest.fixture
def copied(filled: Path, tmp_path: Path) -> Path:
    """A copy of that lake, to be changed."""
    path = tmp_path / "copy"
    shutil.copytree(filled, path, ignore=shutil.ignore_patterns("leases"))
    (path / "_rtl" / "leases").mkdir()
    return path


@pytest.fixture
def on_copy(copied: Path) -> SiteMaker:
    """Makes an API on the copy."""

    def make(**settings: Any) -> AbstractContextManager[Site]:
        return site_on(copied, READ_AT, **settings)

    return make


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Site]:
    """An API on an empty lake."""
    with site_on(tmp_path / "lake", NOW) as found:
        yield found


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Site]:
    """An API on an empty lake that takes bodies of 1 MiB at most."""
    with site_on(tmp_path / "lake", NOW, max_body_mb=1) as found:
        yield found
