"""`rtl up` is killed and can stop nothing itself: its parts end all the same, and the lake is free."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil

from faults.programs import Program, Programs, until

# A start of everything, on a machine that does something else as well.
STARTS_S = 120.0
FLAGS = ("--no-simulator", "--port", "0", "--no-monitor")


def _announced(program: Program) -> list[psutil.Process]:
    """What it started, once it has printed its addresses."""
    until(lambda: not program.running or "Stop       Ctrl-C" in program.printed, "it prints no addresses", STARTS_S)
    assert program.running, program.said
    return psutil.Process(program.pid).children(recursive=True)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_parts_of_a_killed_up_end_and_the_next_one_has_the_lake(programs: Programs, root: Path) -> None:
    killed = programs.start("up", *FLAGS, lake=root)
    started = _announced(killed)
    # The engine, the API, and who starts and ends them.
    assert len(started) >= 3
    killed.kill()
    until(lambda: not any(map(_lives, started)), "some of its parts go on", STARTS_S)

    following = programs.start("up", *FLAGS, lake=root)
    _announced(following)
    following.signal(signal.SIGTERM)
    assert following.wait(STARTS_S) == 0, following.said
    assert programs.run("verify", lake=root).code == 0
