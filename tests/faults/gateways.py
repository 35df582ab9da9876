"""A real `rtl api`, started again on the same port, and posts to it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx

from faults.programs import Program, Programs, until
from rtlakehouse.clock import SystemClock
from rtlakehouse.control import Keys, Role, Store
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.settings import Settings
from rtlakehouse.stack.ports import free_port

HOST = "127.0.0.1"


@dataclass
class Gateway:
    """One run of `rtl api`, and what it takes to start the next one."""

    programs: Programs
    lake: Path
    port: int
    program: Program
    settings: Mapping[str, object]
    client: httpx.Client
    key: str

    @classmethod
    def start(
        cls,
        programs: Programs,
        lake: Path,
        settings: Mapping[str, object] | None = None,
        port: int | None = None,
        key: str | None = None,
    ) -> Gateway:
        """Start it and wait until it answers."""
        port = port or free_port(HOST, 0)
        common = {"read_limit": "false", **(settings or {})}
        program = programs.start("api", "--port", str(port), lake=lake, settings=common)
        key = key or admin_key(lake)
        headers = {"Authorization": f"Bearer {key}"}
        client = httpx.Client(base_url=f"http://{HOST}:{port}/api/v1", trust_env=False, headers=headers)
        gateway = cls(programs, lake, port, program, common, programs.opened.enter_context(client), key)
        until(gateway.answers, f"the API does not answer\n{program.said[-3000:]}")
        return gateway

    def restart(self, settings: Mapping[str, object] | None = None) -> Gateway:
        """Another one in its place, without its failpoints."""
        kept = {name: value for name, value in self.settings.items() if name != "failpoints"}
        return Gateway.start(self.programs, self.lake, {**kept, **(settings or {})}, self.port, self.key)

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def answers(self) -> bool:
        assert self.program.running, self.program.said[-3000:]
        try:
            return self.get("/health/live").status_code == 200
        except httpx.TransportError:
            return False

    def get(self, path: str, timeout: float = 10, **parameters: str | int) -> httpx.Response:
        return self.client.get(path, params=parameters, timeout=timeout)

    def post(self, body: bytes, kind: str = "application/json", timeout: float = 20) -> httpx.Response:
        return self.client.post("/events", content=body, headers={"Content-Type": kind}, timeout=timeout)


def admin_key(lake: Path, tenant: str = DEFAULT_TENANT) -> str:
    """A new key that may do everything a tenant may on this lake."""
    with closing(Store.open(Settings(lake=lake))) as store:
        return Keys(store, SystemClock()).create(tenant, Role.ADMIN)[1]


def post_one(gateway: Gateway, record: bytes) -> str | None:
    """Post one record as a line; its receipt, or None where no answer came."""
    try:
        answer = gateway.post(record, "application/x-ndjson")
    except httpx.TransportError:
        return None
    assert answer.status_code == 202, answer.text
    receipt: str = answer.json()["receipts"][0]
    return receipt
