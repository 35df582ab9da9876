"""Kill -9 at random, under load, again and again: nothing lost, nothing doubled, the ledger's difference 0."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.chaos import Run
from faults.programs import ForkServer, Programs

# `make chaos` takes about half an hour for as many.
RUNS = 200
# One on a lake of its own, one on a lake that lives on.
A_FEW = 2
# Every second run is on a lake that lives on through this many.
LIVES = 20


@pytest.fixture(scope="module")
def old_lakes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("old")


def play(number: int, seed: int, fork_server: ForkServer, old_lakes: Path, tmp_path: Path) -> None:
    root = tmp_path / "lake" if number % 2 else old_lakes / f"lake-{number // LIVES}"
    programs = Programs(tmp_path, fork_server, syncs=True)
    try:
        Run(programs, root, seed).play()
    finally:
        programs.end()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", range(A_FEW))
def test_a_few_chaotic_runs(number: int, seed: int, fork_server: ForkServer, old_lakes: Path, tmp_path: Path) -> None:
    play(number, seed, fork_server, old_lakes, tmp_path)


@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", range(A_FEW, A_FEW + RUNS))
def test_many_chaotic_runs(number: int, seed: int, fork_server: ForkServer, old_lakes: Path, tmp_path: Path) -> None:
    play(number, seed, fork_server, old_lakes, tmp_path)
