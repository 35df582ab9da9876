"""The supervisor of `rtl up`, over small programs of the system and a clock that the tests move."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
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
from rtlakehouse.errors import RtlError
from rtlakehouse.stack.supervisor import Part, Supervisor

START = datetime(2026, 11, 24, tzinfo=UTC)
SLEEPS = ("sleep", "600")


class Watched:
    """A supervisor at work in a thread."""

    def __init__(self, *parts: Part) -> None:
        self.clock = ManualClock(START)
        self.supervisor = Supervisor(parts, self.clock, child_environment(), nice=7)
        self.code: int | None = None
        self.error: RtlError | None = None
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
        try:
            self.code = self.supervisor.watch()
        except RtlError as error:
            self.error = error


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
    watched = watch(Part("one", SLEEPS), Part("two", SLEEPS))
    pids = watched.supervisor.pids().values()
    assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in pids} == {max(7, os.getpriority(os.PRIO_PROCESS, 0))}
    groups = [Path(f"/proc/{pid}/autogroup") for pid in pids]
    # Some containers show their /proc to be read alone.
    if all(group.exists() and os.access(group, os.W_OK) for group in groups):
        (said,) = {group.read_text() for group in groups}
        assert said.endswith(" nice 7\n")
        # Of a process that no session began for, there is nothing in it.
        assert Path("/proc/self/autogroup").read_text().split()[:1] != said.split()[:1]


def _shell(name: str, script: str) -> Part:
    return Part(name, ["sh", "-c", script])


def _runs(pid: int) -> bool:
    """One that has ended may still be listed where nobody asked for its exit code."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def test_all_parts_run_until_they_are_stopped(watch: Callable[..., Watched]) -> None:
    watched = watch(Part("one", SLEEPS), Part("two", SLEEPS))
    pids = watched.supervisor.pids()
    assert set(pids) == {"one", "two"}
    assert all(map(_runs, pids.values()))
    watched.stop()
    assert watched.code == 0
    assert watched.supervisor.pids() == {}
    assert not any(map(_runs, pids.values()))


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
    assert not _runs(pid)
    assert [entry["process"] for entry in logs] == ["deaf"]


def test_ctrl_c_in_the_terminal_does_not_reach_the_parts_directly(watch: Callable[..., Watched]) -> None:
    pids = watch(Part("one", SLEEPS), Part("two", SLEEPS)).supervisor.pids()
    (session,) = {os.getsid(pid) for pid in pids.values()}
    assert session != os.getsid(0)
    assert {os.getpgid(pid) for pid in pids.values()} == set(pids.values())


def _keeper(watched: Watched) -> psutil.Process:
    return psutil.Process(os.getsid(next(iter(watched.supervisor.pids().values()))))


def test_the_parts_are_stopped_when_their_keeper_was_killed(watch: Callable[..., Watched]) -> None:
    watched = watch(Part("one", SLEEPS), Part("two", SLEEPS))
    pids = watched.supervisor.pids().values()
    _keeper(watched).kill()
    until(watched.ended, "it goes on")
    assert "nothing is lost" in str(watched.error)
    watched.supervisor.close()
    assert not any(map(_runs, pids))


def test_what_stops_all_processes_of_a_service_at_once_leaves_the_order_to_the_supervisor(watch: Callable[..., Watched]) -> None:
    watched = watch(Part("one", SLEEPS))
    keeper = _keeper(watched)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        keeper.send_signal(number)
    before = watched.supervisor.pids()["one"]
    with capture_logs() as logs:
        os.kill(before, signal.SIGKILL)
        until(lambda: logs, "it is not missed")
    watched.clock.sleep(logs[0]["in_s"])
    until(lambda: watched.supervisor.pids().get("one"), "it is not started again")


_ON_ITS_OWN = """
import sys, time
from rtlakehouse.clock import SystemClock
from rtlakehouse.environment import child_environment
from rtlakehouse.stack.supervisor import Part, Supervisor

parts = [Part(name, ["sh", "-c", sys.argv[1].format(name=name)]) for name in ("engine", "api")]
supervisor = Supervisor(parts, SystemClock(), child_environment(), nice=0)
supervisor.start()
time.sleep(600)
"""


def test_the_parts_stop_in_reverse_order_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    order = tmp_path / "order"
    script = f"trap 'sleep 0.2; echo {{name}} >> {order}; exit 0' TERM; echo $$ > {order}.{{name}}; while :; do sleep 0.05; done"
    supervisor = subprocess.Popen([sys.executable, "-c", _ON_ITS_OWN, script])
    pids = [int(until(lambda: _lines(tmp_path / f"order.{name}"), "it does not start")[0]) for name in ("engine", "api")]  # noqa: B023
    supervisor.kill()
    supervisor.wait()
    until(lambda: not any(map(_runs, pids)), "they go on")
    assert _lines(order) == ["api", "engine"]


def test_a_part_that_cannot_be_started_says_why() -> None:
    supervisor = Supervisor([Part("gone", ["/no/such/program"])], ManualClock(START), child_environment(), nice=7)
    with pytest.raises(FileNotFoundError, match="/no/such/program"):
        supervisor.start()
    supervisor.close()
