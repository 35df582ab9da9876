"""The supervisor of `rtl up`, over small programs of the system and a clock that the tests move."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from faults.programs import until
from rtlakehouse.clock import ManualClock
from rtlakehouse.environment import child_environment
from rtlakehouse.stack.supervisor import Part, Supervisor

SLEEPS = ("sleep", "600")


class Watched:
    """A supervisor at work in a thread."""

    def __init__(self, *parts: Part) -> None:
        self.clock = ManualClock(datetime(2026, 11, 24, tzinfo=UTC))
        self.supervisor = Supervisor(parts, self.clock, child_environment(), nice=7)
        self.code: int | None = None
        self._thread = threading.Thread(target=self._watch)

    def start(self) -> Watched:
        self.supervisor.start()
        self._thread.start()
        return self

    def ended(self) -> bool:
        return not self._thread.is_alive()

    def stop(self) -> None:
        self.supervisor.stop()
        self._thread.join()
        self.supervisor.close()

    def _watch(self) -> None:
        self.code = self.supervisor.watch()


@pytest.fixture
def watch() -> Iterator[Callable[..., Watched]]:
    """Starts supervisors of these parts; they are stopped when the test ends."""
    started: list[Watched] = []

    def start(*parts: Part) -> Watched:
        started.append(Watched(*parts))
        return started[-1].start()

    yield start
    for watched in started:
        watched.stop()


def test_parts_give_way_to_other_programs(watch: Callable[..., Watched]) -> None:
    watched = watch(Part("sleeper", SLEEPS))
    pid = watched.supervisor.pids()["sleeper"]
    assert os.getpriority(os.PRIO_PROCESS, pid) == max(7, os.getpriority(os.PRIO_PROCESS, 0))
    group = Path(f"/proc/{pid}/autogroup")
    # Some containers show their /proc to be read alone.
    if group.exists() and os.access(group, os.W_OK):
        assert group.read_text().endswith(" nice 7\n")
        assert not Path("/proc/self/autogroup").read_text().endswith(" nice 7\n")


def _shell(name: str, script: str) -> Part:
    return Part(name, ["sh", "-c", script])


def _lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def test_all_parts_run_until_they_are_stopped(watch: Callable[..., Watched]) -> None:
    watched = watch(Part("one", SLEEPS), Part("two", SLEEPS))
    pids = watched.supervisor.pids()
    assert set(pids) == {"one", "two"}
    assert all(map(psutil.pid_exists, pids.values()))
    watched.stop()
    assert watched.code == 0
    assert watched.supervisor.pids() == {}
    assert not any(map(psutil.pid_exists, pids.values()))


def test_a_part_that_is_killed_is_started_again_and_the_others_stay(watch: Callable[..., Watched]) -> None:
    watched = watch(Part("one", SLEEPS), Part("two", SLEEPS))
    before = watched.supervisor.pids()
    with capture_logs() as logs:
        os.kill(before["one"], 9)
        until(lambda: logs, "it is not missed")
    watched.clock.sleep(logs[0]["in_s"])
    after = until(lambda: p if len(p := watched.supervisor.pids()) == 2 else None, "it is not started again")
    assert after["two"] == before["two"]
    assert after["one"] != before["one"]


def test_a_part_that_dies_again_and_again_is_waited_for_ever_longer(watch: Callable[..., Watched], tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    with capture_logs() as logs:
        watched = watch(_shell("ill", f"echo x >> {starts}; exit 3"))
        for died in range(1, 10):
            until(lambda: len(logs) == died, "it is not missed")  # noqa: B023 - called at once
            assert len(_lines(starts)) == died
            watched.clock.sleep(logs[-1]["in_s"])
    assert [entry["in_s"] for entry in logs[:9]] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert {(entry["process"], entry["exit_code"]) for entry in logs} == {("ill", 3)}


def test_a_part_that_was_well_for_long_is_started_again_soon(watch: Callable[..., Watched], tmp_path: Path) -> None:
    """Ill twice, then well."""
    starts = tmp_path / "starts"
    with capture_logs() as logs:
        watched = watch(_shell("part", f"echo x >> {starts}; test $(wc -l < {starts}) -gt 2 && exec sleep 600"))
        for died in (1, 2):
            until(lambda: len(logs) == died, "it is not missed")  # noqa: B023 - called at once
            watched.clock.sleep(logs[-1]["in_s"])
        # The shell may write its line before the supervisor, which is still starting it, has its process id.
        pid = until(lambda: len(_lines(starts)) == 3 and watched.supervisor.pids().get("part"), "it is not started again")
        watched.clock.sleep(60)
        os.kill(pid, 9)
        until(lambda: len(logs) == 3, "it is not missed")
    assert [entry["in_s"] for entry in logs] == [0.5, 1, 0.5]


def test_wrong_usage_is_not_tried_again(watch: Callable[..., Watched]) -> None:
    watched = watch(Part("good", SLEEPS), _shell("misused", "exit 2"))
    until(watched.ended, "it goes on")
    assert watched.code == 2


def test_the_parts_stop_in_reverse_order_each_once_the_one_before_has(watch: Callable[..., Watched], tmp_path: Path) -> None:
    order = tmp_path / "order"
    trap = "trap 'sleep 0.2; echo {0} >> {1}; exit 0' TERM; touch {1}.{0}; while :; do sleep 0.05; done"
    names = ("engine", "api", "simulator")
    watched = watch(*(_shell(name, trap.format(name, order)) for name in names))
    until(lambda: all((tmp_path / f"order.{name}").exists() for name in names), "they do not start")
    watched.stop()
    assert _lines(order) == ["simulator", "api", "engine"]


def test_a_part_that_does_not_stop_is_killed(watch: Callable[..., Watched], tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    watched = watch(_shell("deaf", f"trap '' TERM; touch {ready}; exec sleep 600"))
    until(ready.exists, "it does not start")
    pid = watched.supervisor.pids()["deaf"]
    with capture_logs() as logs:
        watched.stop()
    assert not psutil.pid_exists(pid)
    assert [entry["process"] for entry in logs] == ["deaf"]


def test_ctrl_c_in_the_terminal_does_not_reach_the_parts_directly(watch: Callable[..., Watched]) -> None:
    pid = watch(Part("one", SLEEPS)).supervisor.pids()["one"]
    assert os.getsid(pid) == pid
