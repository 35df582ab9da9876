"""A real Prometheus that watches one API with the rules of `deploy/`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from faults.programs import until
from markdown import ROOT
from needing import missing
from rtlakehouse.stack.ports import free_port

FOLDER = ROOT / "deploy" / "prometheus"


def program(name: str) -> str:
    """Where a program of Debian's package `prometheus` is."""
    return shutil.which(name) or missing("needs Prometheus: apt-get install -y prometheus")


@dataclass(frozen=True)
class Prometheus:
    """One that runs."""

    client: httpx.Client

    def query(self, expression: str) -> list[dict[str, Any]]:
        answer = self.client.get("/query", params={"query": expression})
        assert answer.status_code == 200, f"{expression}: {answer.text}"
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def firing(self) -> set[tuple[str, str]]:
        """The alerts that fire, each with the part that it is about, where it is about one."""
        alerts = self.client.get("/alerts").json()["data"]["alerts"]
        return {(a["labels"]["alertname"], a["labels"].get("part", "")) for a in alerts if a["state"] == "firing"}


@contextmanager
def watching(address: str, folder: Path) -> Iterator[Prometheus]:
    """Started with our own configuration, of which only the address is another."""
    configuration = (FOLDER / "prometheus.yml").read_text("utf-8").replace("127.0.0.1:8000", address.removeprefix("http://"))
    (folder / "prometheus.yml").write_text(configuration, "utf-8")
    shutil.copy(FOLDER / "rules.yml", folder)
    port = free_port("127.0.0.1", 0)
    command = [
        program("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "prometheus.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", trust_env=False, timeout=30) as client:
                prometheus = Prometheus(client)
                until(lambda: _answers(client), "Prometheus answers")
                yield prometheus
        finally:
            process.kill()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/status/runtimeinfo").status_code == 200
    except httpx.TransportError:
        return False
