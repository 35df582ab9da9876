"""A lake that all tests of the commands read, and what they run commands with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli.commands import Commands
from faults.conftest import programs, root
from faults.loads import lines, shop
from faults.programs import ForkServer, Programs

__all__ = ["programs", "root"]


@pytest.fixture(scope="session")
def filled(fork_server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a small shop in it, replayed in several chunks; not to be changed."""
    folder = tmp_path_factory.mktemp("filled")
    sent, _ = shop(seed=7, count=300)
    programs = Programs(folder, fork_server)
    settings = {"ingest_chunk_events": 50, "max_batch_events": 50, "maintenance": "false"}
    replay = programs.run("ingest", lines(folder / "shop.jsonl", sent), lake=folder / "lake", settings=settings)
    assert replay.code == 0, replay.said
    return folder / "lake"


@pytest.fixture
def rtl(programs: Programs, filled: Path) -> Commands:
    """Commands on the lake that all read."""
    return Commands(programs, filled)


@pytest.fixture
def on_nothing(programs: Programs, root: Path) -> Commands:
    """Commands on a lake that is not there."""
    return Commands(programs, root)


@pytest.fixture
def on_copy(programs: Programs, filled: Path, root: Path) -> Commands:
    """Commands on a copy of the lake, to be changed."""
    shutil.copytree(filled, root)
    return Commands(programs, root)
