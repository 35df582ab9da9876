"""`rtl up`: one command to a moving chart, and back to nothing."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from corpus import VALID
from faults.gateways import HOST, Gateway, admin_key
from faults.loads import start_engine
from faults.programs import Program, Programs, until
from integration.installed import Installed
from rtlakehouse.stack.ports import free_port
from rtlakehouse.storage.lake import Lake

# Programs start by starting Python and importing everything, on a machine that does something else as well.
STARTS_S = 120.0
PARTS = {"run": "engine", "api": "api", "simulate": "simulator", "rtlakehouse.monitor": "monitor"}


@dataclass
class Up:
    """A running `rtl up` and the addresses that it printed."""

    program: Program
    page: str

    @classmethod
    def announced(cls, program: Program) -> Up:
        """It, once it has printed its addresses."""
        until(lambda: not program.running or "Stop       Ctrl-C" in program.printed, "it prints no addresses", STARTS_S)
        assert program.running, program.said[-3000:]
        (page,) = re.findall(r"Dashboard +(http://\S+)/", program.printed)
        return cls(program, page)

    def processes(self) -> list[psutil.Process]:
        """Those of its parts, which the keeper of their session started."""
        (keeper,) = psutil.Process(self.program.pid).children()
        return keeper.children()

    def parts(self) -> dict[str, psutil.Process]:
        """They, by name."""
        found = {}
        for child in self.processes():
            # One that ends just now has no command line any more.
            if command := [word for word in _command(child) if word in PARTS]:
                found[PARTS[command[0]]] = child
        return found

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.page}/api/v1{path}", timeout=20, trust_env=False).raise_for_status().json()

    def post(self, event: dict[str, Any]) -> None:
        key = {"X-API-Key": admin_key(self.program.lake)}
        httpx.post(f"{self.page}/api/v1/events", json=event, headers=key, timeout=20, trust_env=False).raise_for_status()

    def events(self) -> int:
        """How many events the KPIs count; 0 while the API is away."""
        try:
            return int(sum(minute["events"] for minute in self.get("/kpis/series?step=1m&fill=false")["data"]))
        except httpx.TransportError:
            return 0

    def grows(self) -> None:
        """Wait until the KPIs count more than now."""
        before = until(self.events, "no KPI can be read", STARTS_S)
        until(lambda: self.events() > before, f"the KPIs stand still\n{self.program.said[-2000:]}", STARTS_S)

    def stop(self, number: signal.Signals) -> None:
        """As a terminal does: the signal goes to the whole group."""
        children = psutil.Process(self.program.pid).children(recursive=True)
        os.killpg(self.program.pid, number)
        assert self.program.wait(STARTS_S) == 0, self.program.said[-3000:]
        assert [child for child in children if child.is_running()] == []


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


@contextmanager
def running(rtl: Installed, *flags: str, port: int | None = None, stopped_by: signal.Signals) -> Iterator[Up]:
    """One that runs inside the block and must then stop well; where the block fails, nothing of it stays behind."""
    program = rtl.start("up", "--port", str(port or free_port(HOST, 0)), *flags, settings={"read_limit": "false"})
    try:
        up = Up.announced(program)
        yield up
        up.stop(stopped_by)
    finally:
        program.signal(signal.SIGTERM)
        program.wait(STARTS_S)


@pytest.fixture(scope="module")
def up(installed_on: Callable[[Path], Installed], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One `rtl up` for the tests that leave it as it was, asked for a port that somebody has."""
    rtl = installed_on(tmp_path_factory.mktemp("up") / "lake")
    with socket.create_server((HOST, 0)) as taken:
        wanted = taken.getsockname()[1]
        with running(rtl, "--rate", "100", port=wanted, stopped_by=signal.SIGINT) as found:
            yield found
    assert "Stopped. The lake is complete" in found.program.printed
    verified = rtl.run("verify")
    assert verified.code == 0, verified.printed


def test_a_port_that_is_taken_is_moved_and_said(up: Up) -> None:
    (taken, chosen) = re.findall(r"Port (\d+) is taken; using (\d+)\.", up.program.printed)[0]
    assert up.page == f"http://{HOST}:{chosen}"
    assert chosen != taken


def test_it_prints_where_dashboard_api_and_lake_are(up: Up) -> None:
    addresses = dict(re.findall(r"^  (\w+) +(\S+)$", up.program.printed, re.MULTILINE))
    assert set(addresses) == {"Dashboard", "API", "Monitor", "Lake", "Stop"}
    for name in ("Dashboard", "API", "Monitor"):
        assert httpx.get(addresses[name], timeout=STARTS_S, trust_env=False).headers["content-type"].startswith("text/html")
    assert Path(addresses["Lake"]) == up.program.lake


def test_the_kpis_of_the_simulated_shoppers_can_be_read_and_grow(up: Up) -> None:
    up.grows()
    assert up.get("/kpis/latest")["window"]["page_views"] > 0


@pytest.mark.parametrize("part", PARTS.values())
def test_a_part_that_is_killed_comes_back_and_all_goes_on(up: Up, part: str) -> None:
    until(lambda: set(up.parts()) == set(PARTS.values()), "a part is missing", STARTS_S)
    before = up.parts()
    before[part].kill()
    until(lambda: part in (now := up.parts()) and now[part].pid != before[part].pid, f"{part} does not come back", STARTS_S)
    assert {name: p.pid for name, p in up.parts().items() if name != part} == {
        name: p.pid for name, p in before.items() if name != part
    }
    up.grows()


def test_a_second_one_on_the_same_lake_fails_at_once_and_names_the_first(up: Up, programs: Programs) -> None:
    second = programs.run("up", lake=up.program.lake)
    assert second.code == 1
    assert f"the supervisor with pid {up.program.pid} on " in second.said
    assert "--lake" in second.said
    assert "Traceback" not in second.said
    assert up.program.running


def test_an_engine_or_a_gateway_that_runs_alone_keeps_it_from_starting(programs: Programs, root: Path) -> None:
    engine = start_engine(programs, root)
    refused = programs.run("up", lake=root)
    assert (refused.code, f"the engine with pid {engine.pid} on " in refused.said) == (1, True)
    engine.stop()
    gateway = Gateway.start(programs, root)
    refused = programs.run("up", lake=root)
    assert (refused.code, f"the gateway with pid {gateway.program.pid} on " in refused.said) == (1, True)


def test_a_closed_terminal_stops_it_and_the_next_one_goes_on_where_it_ended(rtl: Installed, programs: Programs) -> None:
    """Without the simulator, so that what was posted is all there is."""
    with running(rtl, "--no-simulator", "--no-monitor", stopped_by=signal.SIGHUP) as first:
        assert set(first.parts()) == {"engine", "api"}
        first.post(VALID | {"ts": round(psutil.Process(first.program.pid).create_time() * 1000)})
    assert Lake.open(rtl.lake).read("bronze.events").num_rows == 1
    with running(rtl, "--no-simulator", "--no-monitor", stopped_by=signal.SIGTERM) as second:
        assert until(second.events, "the event is gone", STARTS_S) == 1
    assert programs.run("verify", lake=rtl.lake).code == 0


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--rate", "0"], "--rate"),
        (["--rate", "60000"], "--rate"),
        (["--rate", "many"], "--rate"),
        (["--port", "65536"], "port"),
        (["--host", "192.0.2.1"], "--host"),
        (["--no-simulater"], "--no-simulator"),
    ],
    ids=str,
)
def test_a_wrong_flag_is_refused_before_anything_starts(programs: Programs, root: Path, flags: list[str], named: str) -> None:
    refused = programs.run("up", *flags, lake=root)
    assert refused.code == 2
    assert named in refused.said
    assert "Traceback" not in refused.said


def test_a_lake_that_cannot_be_made_says_so(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    refused = programs.run("up", lake=tmp_path / "file" / "lake")
    assert refused.code == 1
    assert "file/lake" in refused.said
    assert "Traceback" not in refused.said
