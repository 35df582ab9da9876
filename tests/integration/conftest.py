"""Fixtures of the tests that run the installed program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.conftest import programs, root
from faults.programs import ForkServer, Programs
from integration.installed import Installed

__all__ = ["programs", "root"]


@pytest.fixture
def rtl(programs: Programs, root: Path) -> Installed:
    """The installed program, on the test's lake."""
    return Installed(programs, root)


@pytest.fixture(scope="module")
def installed_on(fork_server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Installed]]:
    """The installed program on a lake that several tests of a file read."""
    programs = Programs(tmp_path_factory.mktemp("said"), fork_server)
    yield lambda lake: Installed(programs, lake)
    programs.end()
