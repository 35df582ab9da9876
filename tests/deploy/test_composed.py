"""What the containers of compose.yaml run, run as processes: in a folder with nothing in it, with their environment alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest

from deploy.compose import Processes, Service, in_order, services_of
from faults.programs import until
from kafka.broker import HOST, Broker
from rtlakehouse.engines.spark.jars import copy_into
from rtlakehouse.environment import user_cache
from rtlakehouse.stack.java import find_java
from rtlakehouse.stack.ports import free_port

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

# Ports of containers, which are free in each; here each is another.
_PORTS = ("7077", "8000", "8080", "8081", "8501")


@dataclass(frozen=True)
class Composed:
    """A profile that runs: those of its services that are built here."""

    processes: Processes
    address: str
    services: dict[str, Service]

    @classmethod
    @contextmanager
    def start(cls, profile: str, folder: Path, elsewhere: Mapping[str, str] = MappingProxyType({})) -> Iterator[Composed]:
        """Each service after those that it waits for. elsewhere: what of others, such as a broker, is here."""
        ports = {port: str(free_port(HOST, 0)) for port in _PORTS}
        added = {"RTL_PORT": ports["8000"], "RTL_MONITOR_PORT": ports["8501"]}
        words = {**ports, "spark-master": HOST}
        processes = Processes(folder, {**_swapped(folder, ports), **elsewhere}, words, added)
        composed = cls(processes, f"http://{HOST}:{ports['8000']}", services_of(profile))
        try:
            for service in in_order(composed.services):
                if service.ours:
                    processes.start(service, composed.services)
            yield composed
        finally:
            processes.end()

    def get(self, path: str) -> httpx.Response:
        """Asked with the key that Prometheus has."""
        key = (self.processes.folder / "keys/reader").read_text("utf-8").strip()
        return httpx.get(f"{self.address}{path}", headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False)

    def accepted(self) -> float:
        lines = self.get("/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith('rtl_ledger_records{fate="accepted"}'))

    def await_health(self) -> None:
        """Until every check of its services succeeds."""
        for service in self.services.values():
            if service.ours and service.health:
                until(lambda service=service: self.processes.healthy(service), f"{service.name} is well", 180)  # type: ignore[misc]


def _swapped(folder: Path, ports: dict[str, str]) -> dict[str, str]:
    """What is another here than in a container."""
    for name in ("lake", "keys", "tmp"):
        (folder / name).mkdir()
    hosts = (("api", "8000"), ("spark-master", "7077"), *((HOST, port) for port in _PORTS))
    addresses = {f"{host}:{port}": f"{HOST}:{ports[port]}" for host, port in hosts}
    paths = {f"/{name}": f"{folder}/{name}" for name in ("lake", "keys", "tmp")}
    return {**addresses, **paths, "/opt/rtl/bin": f"{Path(sys.executable).parent}", "$PATH": os.environ["PATH"]}


def test_the_light_profile_starts_in_order_and_counts_what_its_shoppers_do(tmp_path: Path) -> None:
    with Composed.start("light", tmp_path) as composed:
        composed.await_health()
        until(lambda: composed.accepted() > 100, "events are counted", 120)
        assert httpx.get(f"{composed.address}/api/v1/kpis/latest", trust_env=False).status_code == 401
        assert 'src="/assets/' in httpx.get(composed.address, trust_env=False).text


def test_the_full_profile_takes_events_from_kafka_to_gold_on_a_cluster_of_spark(tmp_path: Path) -> None:
    broker = Broker.started(tmp_path / "kafka")
    copy_into(tmp_path / "jars", user_cache())
    elsewhere = {
        "kafka:9092": broker.address,
        "/opt/jars": f"{tmp_path}/jars",
        "/usr/lib/jvm/default-java": f"{find_java().resolve().parent.parent}",
        '"spark.driver.host": "spark"': f'"spark.driver.host": "{HOST}"',
    }
    try:
        with Composed.start("full", tmp_path, elsewhere) as composed:
            composed.await_health()
            until(lambda: composed.accepted() > 100, "events are counted", 600)
            parts = composed.get("/api/v1/health").json()["parts"]
            assert {part["name"] for part in parts if part["status"] == "down"} == set()
    finally:
        broker.stop()
