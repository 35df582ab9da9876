"""Fixtures of the fault tests."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.programs import ForkServer, Programs


@pytest.fixture
def programs(fork_server: ForkServer, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Programs]:
    """Starts programs; all of them are killed when the test ends. In the tests of faults they wait for the disk."""
    folder = tmp_path / "said"
    folder.mkdir()
    started = Programs(folder, fork_server, syncs=request.path.parent == Path(__file__).parent)
    yield started
    started.end()


@pytest.fixture
def seed(chance: random.Random, request: pytest.FixtureRequest) -> int:
    """Another one each time; shown when the test fails. To see a failure again, return that one here."""
    found = chance.randrange(1 << 30)
    request.node.add_report_section("setup", "seed", str(found))
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the test's lake is, or will be."""
    return tmp_path / "lake"
