"""A running lakehouse to measure: the parts of `rtl up` as processes on a lake of its own, and what one asks it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from rtlakehouse.client.questions import authorization
from rtlakehouse.clock import SystemClock
from rtlakehouse.control import Keys, Role, Store
from rtlakehouse.engines.registry import FEEDS
from rtlakehouse.environment import child_environment
from rtlakehouse.errors import RtlError
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.settings import Settings
from rtlakehouse.stack.ports import free_port
from rtlakehouse.stack.supervisor import Part, Supervisor

__all__ = ["Lakehouse", "consuming", "parts_running", "running"]

_HOST = "127.0.0.1"
_READY_S = 60.0
_POLL_S = 0.02
_RTL = (sys.executable, "-m", "rtlakehouse")


@dataclass(frozen=True)
class Lakehouse:
    """One that runs. The client has no limit on reads, and the key to post."""

    port: int
    key: str
    client: httpx.Client
    supervisor: Supervisor

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.client.get(f"/api/v1/{path}", params=parameters)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any], **parameters: Any) -> Any:
        answer = self.client.post(f"/api/v1/{path}", json=body, params=parameters)
        answer.raise_for_status()
        return answer.json()

    def received(self) -> int:
        """Records that the ledger accounts for: all of them are in gold."""
        return int(self.get("ledger/balance")["received"])

    def wait_for(self, records: int, seconds: float) -> None:
        """Return once the ledger accounts for so many. Raises RtlError when it does not in time."""
        deadline = time.monotonic() + seconds
        while (found := self.received()) < records:
            if time.monotonic() > deadline:
                raise RtlError(f"After {seconds:g} s only {found:,} of {records:,} records are in gold.")
            time.sleep(_POLL_S)

    def memory_mb(self) -> dict[str, float]:
        """Memory of each part's process, what is shared counted in parts (PSS)."""
        found = {}
        for name, pid in self.supervisor.pids().items():
            found[name] = psutil.Process(pid).memory_full_info().pss / 2**20
        return found


@contextmanager
def running(
    lake: Path,
    *,
    simulate_rate: float | None = None,
    settings: Mapping[str, object] | None = None,
    engine: str = "embedded",
    kafka: tuple[str, str] | None = None,
) -> Iterator[Lakehouse]:
    """Engine and API on this lake, and the simulator where a rate is given; ready when the block begins, stopped after it.

    kafka: address and topic to read.
    """
    port = free_port(_HOST, 0)
    key = _key(lake)
    parts = [*_engine(lake, engine, kafka), Part("api", [*_RTL, "api", "--lake", str(lake), "--port", str(port)])]
    if simulate_rate is not None:
        to = ["--to", f"http://{_HOST}:{port}", "--rate", f"{simulate_rate:g}", "--quiet"]
        parts.append(Part("simulator", [*_RTL, "simulate", *to], {"RTL_API_KEY": key}))
    log = lake.with_name(f"{lake.name}.log")
    with parts_running(parts, log, settings) as supervisor, _client(port, key) as client:
        _wait_until_ready(client, log)
        yield Lakehouse(port, key, client, supervisor)


def _key(lake: Path) -> str:
    with closing(Store.open(Settings(lake=lake))) as store:
        return Keys(store, SystemClock()).create(DEFAULT_TENANT, Role.INGEST, "rtl bench")[1]


def _client(port: int, key: str) -> httpx.Client:
    return httpx.Client(base_url=f"http://{_HOST}:{port}", headers=authorization(key))


def _engine(lake: Path, name: str, kafka: tuple[str, str] | None) -> Iterator[Part]:
    """The engine, and what reads Kafka for it where it does not do so itself."""
    command = [*_RTL, "run", "--lake", str(lake), "--engine", name]
    if kafka is None:
        yield Part("engine", command)
    elif name in FEEDS:
        yield Part("engine", [*command, "--kafka", kafka[0], "--topic", kafka[1]])
    else:
        yield from (Part("engine", command), consuming(lake, *kafka))


def consuming(lake: Path, address: str, topic: str) -> Part:
    """`rtl consume`: reads a topic into the bronze of this lake."""
    return Part("source", [*_RTL, "consume", "--lake", str(lake), "--kafka", address, "--topic", topic])


@contextmanager
def parts_running(
    parts: Sequence[Part], log: Path | None = None, settings: Mapping[str, object] | None = None
) -> Iterator[Supervisor]:
    """These processes, stopped after the block. log: where their output goes."""
    given = {f"RTL_{name.upper()}": str(value) for name, value in (settings or {}).items()}
    environment = {**child_environment(), "RTL_READ_LIMIT": "false", "RTL_LOG_LEVEL": "warning", **given}
    with open(log or os.devnull, "ab") as output:
        supervisor = Supervisor(parts, SystemClock(), environment, Settings().up_nice, output)
        supervisor.start()
        try:
            yield supervisor
        finally:
            supervisor.close()


def _wait_until_ready(client: httpx.Client, log: Path) -> None:
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        try:
            if client.get("/api/v1/health/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(_POLL_S)
    raise RtlError(f"The lakehouse did not start in {_READY_S:g} s: {log.read_text('utf-8', 'replace')[-2000:]}")
