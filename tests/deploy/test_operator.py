"""A new operator breaks each part on purpose: it is on the monitor and in an alert within 30 s, and the runbook's fix works."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.prometheus import Prometheus, watching
from e2e.stack import Stack
from faults.disk import small_disk
from faults.gateways import Gateway
from faults.loads import start_engine
from faults.programs import Programs, until
from kafka.broker import Broker
from kafka.consuming import start_consumer
from rtlakehouse.client import Client
from rtlakehouse.clock import SystemClock
from rtlakehouse.monitor.course import records_in
from rtlakehouse.monitor.reader import Reader

pytestmark = pytest.mark.long

TOLD_S = 30.0
RATE = 20
# The lake is to fill the disk only when somebody does.
DISK_MB = 256
CALM: dict[str, object] = {"linger_ms": 200, "trigger_ms": 500}


@dataclass
class Operator:
    """Who looks at the monitor's figures and at the alerts. report: of what was broken, how long each took to be told."""

    reader: Reader
    prometheus: Prometheus
    report: Callable[[str, object], None]

    def statuses(self) -> dict[str, str]:
        """Each part as the monitor shows it; nothing while it says that the API is away."""
        self.reader.figures()
        health = self.reader.get("/health")
        return {} if health.error or not health.found else {part["name"]: part["status"] for part in health.found["parts"]}

    def shows_down(self, part: str) -> Callable[[], bool]:
        return lambda: self.statuses().get(part) == "down"

    def api_away(self) -> bool:
        self.reader.figures()
        return bool(self.reader.get("/health").error)

    def nothing_comes(self) -> bool:
        self.reader.figures()
        course = list(self.reader.course)
        return len(course) > 1 and records_in(course)[-1] == 0

    @contextmanager
    def told(self, what: str, alert: str, part: str, shown: Callable[[], bool]) -> Iterator[None]:
        """Break something inside the block: both must tell of it in time."""
        yield
        broken = time.monotonic()
        seen: dict[str, float] = {}

        def both() -> bool:
            tells = {"monitor": shown(), "alert": (alert, part) in self.prometheus.firing()}
            seen.update({who: time.monotonic() - broken for who, does in tells.items() if does and who not in seen})
            return seen.keys() == tells.keys()

        until(both, f"{what}: only {seen} tell of it; {self.prometheus.firing()}", TOLD_S)
        self.report(what, ", ".join(f"{who} {seconds:.1f} s" for who, seconds in sorted(seen.items())))

    def all_is_well(self) -> None:
        """Nothing is wrong on the monitor, records come in, and no alert fires."""
        until(lambda: set(self.statuses().values()) == {"ok"}, f"the monitor still shows {self.statuses()}")
        until(lambda: not self.nothing_comes(), "no records come in")
        until(lambda: not self.prometheus.firing(), f"still told: {self.prometheus.firing()}")


@contextmanager
def operating(address: str, folder: Path, report: Callable[[str, object], None]) -> Iterator[Operator]:
    with watching(address, folder) as prometheus, Client(address, timeout_s=5, retry_s=0) as client:
        yield Operator(Reader(client, SystemClock()), prometheus, report)


def test_engine_api_simulator_and_disk(
    programs: Programs, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with small_disk(tmp_path / "disk", DISK_MB) as disk:
        lake = disk.root / "lake"
        stack = Stack(programs, lake, start_engine(programs, lake, CALM), Gateway.start(programs, lake, CALM))
        simulator = stack.simulate(RATE)
        with operating(stack.address, tmp_path, record_property) as operator:
            operator.all_is_well()
            with operator.told("the engine is killed", "RtlPartDown", "engine", operator.shows_down("engine")):
                stack.engine.kill()
            stack.engine = start_engine(programs, lake, CALM)
            operator.all_is_well()

            with operator.told("the API is killed", "RtlApiDown", "", operator.api_away):
                stack.gateway.program.kill()
            stack.restart_api()
            operator.all_is_well()

            with operator.told("the simulator is killed", "RtlNoEvents", "", operator.nothing_comes):
                simulator.kill()
            simulator = stack.simulate(RATE)
            operator.all_is_well()

            with operator.told("the disk is full", "RtlDiskFilling", "", operator.shows_down("gateway")):
                disk.fill(leave=0)
            disk.relieve()
            # "Start again what has stopped": on a full disk that is the engine, and perhaps who sends.
            if not stack.engine.running or "could not be written" in stack.engine.said:
                stack.engine.wait()
                stack.engine = start_engine(programs, lake, CALM)
            if not simulator.running:
                simulator = stack.simulate(RATE)
            operator.all_is_well()
        simulator.kill()
        stack.gateway.program.kill()
        stack.engine.stop()
        checked = programs.run("verify", lake=lake)
        assert checked.code == 0, checked.printed


def test_kafka(programs: Programs, root: Path, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    broker = Broker.started(tmp_path / "kafka")
    try:
        broker.make("shop")
        of_kafka: dict[str, Any] = {"source": "kafka", "kafka": broker.address, "kafka_topic": "shop"}
        gateway = Gateway.start(programs, root, CALM | of_kafka)
        start_engine(programs, root, CALM)
        start_consumer(programs, root, broker, "shop")
        flags = ("--to", f"kafka://{broker.address}/shop", "--rate", str(RATE), "--quiet")
        programs.start("simulate", *flags, lake=root)
        with operating(gateway.address, tmp_path, record_property) as operator:
            operator.all_is_well()
            with operator.told("Kafka is stopped", "RtlPartDown", "source", operator.shows_down("source")):
                broker.stop()
            broker.start()
            operator.all_is_well()
    finally:
        broker.rtl("stop", code=0)
