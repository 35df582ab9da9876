"""The lock: one engine and one gateway at a time, and who has it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from faults.programs import until
from rtlakehouse.environment import child_environment
from rtlakehouse.errors import LakeLockedError
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.lock import LakeLock, holder
from storage.rows import NOON


def lock_file(lake: Lake, role: str = "engine") -> Path:
    return lake.control / f"{role}.lock"


def test_whoever_comes_second_is_told_who_is_first(lake: Lake) -> None:
    with lake.lock("engine", NOON):
        pid = os.getpid()
        with pytest.raises(LakeLockedError, match=rf"the engine with pid {pid} on .*since 2026-11-24T12:00:00Z.*--lake"):
            lake.lock("engine", NOON).__enter__()
        assert f"pid {pid}" in (holder(lock_file(lake)) or "")


def test_the_lock_is_free_before_and_after(lake: Lake) -> None:
    assert holder(lock_file(lake)) is None
    for _ in range(2):
        with lake.lock("engine", NOON):
            pass
        assert holder(lock_file(lake)) is None


def test_an_error_lets_go_of_the_lock(lake: Lake) -> None:
    with pytest.raises(ZeroDivisionError), lake.lock("engine", NOON):
        raise ZeroDivisionError
    assert holder(lock_file(lake)) is None


def test_engine_and_gateway_do_not_hinder_each_other(lake: Lake) -> None:
    with lake.lock("engine", NOON), lake.lock("gateway", NOON):
        assert "the engine" in (holder(lock_file(lake)) or "")
        assert "the gateway" in (holder(lock_file(lake, "gateway")) or "")


def test_a_lock_whose_holder_has_not_written_its_name_yet_is_held(lake: Lake) -> None:
    with lake.lock("engine", NOON):
        os.truncate(lock_file(lake), 0)
        assert holder(lock_file(lake)) == "a process that is just starting"
        with pytest.raises(LakeLockedError, match="just starting"):
            lake.lock("engine", NOON).__enter__()


def test_what_a_former_holder_wrote_does_not_matter(lake: Lake) -> None:
    lock_file(lake).write_text("x" * 1_000)
    assert holder(lock_file(lake)) is None
    with lake.lock("engine", NOON):
        assert f"pid {os.getpid()}" in (holder(lock_file(lake)) or "")


# Takes the lock, starts a process that inherits it, and dies.
_KILLED = """
import os, signal, subprocess, sys
from datetime import UTC, datetime
from pathlib import Path
from rtlakehouse.storage.lake import Lake
with Lake.open(Path(sys.argv[1])).lock("engine", datetime.now(UTC)):
    heir = subprocess.Popen(["cat"], stdin=0, close_fds=sys.argv[2] == "close")
    print(heir.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_with_an_heir(lake: Lake, descriptors: str) -> subprocess.Popen[bytes]:
    """A killed holder of the lock, whose heir lives for as long as its input is open."""
    command = [sys.executable, "-c", _KILLED, str(lake.root), descriptors]
    holding = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment())
    assert holding.stdout is not None
    assert holding.stdout.readline()
    assert holding.wait() == -signal.SIGKILL
    return holding


def test_what_a_killed_process_started_to_write_for_it_keeps_the_lock(lake: Lake) -> None:
    killed = killed_with_an_heir(lake, "keep")
    assert holder(lock_file(lake)) is not None
    killed.communicate()
    until(lambda: holder(lock_file(lake)) is None, "the lock is not free")


def test_whoever_comes_next_waits_for_what_a_killed_process_has_started(lake: Lake) -> None:
    killed = killed_with_an_heir(lake, "keep")
    with capture_logs() as said, ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        entering = pool.submit(stack.enter_context, lake.lock("engine", NOON))
        until(lambda: said, "it does not say that it waits")
        assert not entering.done()
        killed.communicate()
        entering.result(60)
        assert f"pid {os.getpid()}" in (holder(lock_file(lake)) or "")
    assert [(line["pid"], line["role"]) for line in said] == [(killed.pid, "engine")]


def test_what_a_killed_process_has_started_is_not_waited_for_without_end(lake: Lake) -> None:
    killed = killed_with_an_heir(lake, "keep")
    with pytest.raises(LakeLockedError, match=rf"The engine with pid {killed.pid} was killed.*`fuser .*engine\.lock`"):
        LakeLock(lock_file(lake), "engine", NOON, succession=timedelta(0)).__enter__()
    killed.communicate()


def test_what_a_killed_process_just_started_does_not_keep_the_lock(lake: Lake) -> None:
    killed = killed_with_an_heir(lake, "close")
    assert holder(lock_file(lake)) is None
    killed.communicate()


def test_whoever_lets_go_of_the_lock_frees_it_whatever_it_has_started(lake: Lake) -> None:
    with lake.lock("engine", NOON):
        heir = subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False)
    assert holder(lock_file(lake)) is None
    heir.communicate()
