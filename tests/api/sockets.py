"""The API behind real sockets, and the live feed as a client reads it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from api.serving import DEADLINE_S, Site
from rtlakehouse.api.connections import connections

HOST = "127.0.0.1"


@contextmanager
def listening(site: Site, port: int = 0, unsent_bytes: int = 0) -> Iterator[str]:
    """The site as it is served, at this port or at any that is free; its address.

    unsent_bytes: how much the system keeps of what a client has not taken, where that is not to be as much as it likes.
    """
    with socket.create_server((HOST, port)) as listener:
        if unsent_bytes:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, unsent_bytes)
        http = connections(site.parts.settings)
        server = uvicorn.Server(uvicorn.Config(site.app, http=http, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@dataclass(frozen=True)
class Told:
    """One event of a live feed."""

    id: str
    document: dict[str, Any]
    kind: str = "kpis"


class Stream:
    """The live feed on one connection, read block by block when asked to."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def block(self) -> dict[str, str]:
        """The fields up to the next blank line; a comment has no name. Raises StopIteration at the end of the stream."""
        fields: dict[str, str] = {}
        while (line := next(self._lines)) or not fields:
            if line:
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
        return fields

    def next(self) -> Told:
        """The next event."""
        while (fields := self.block()).get("event") != "kpis":
            assert fields.keys() <= {"", "retry"}, fields
        return Told(fields["id"], json.loads(fields["data"]))

    def event(self) -> Told:
        """The next event of any kind."""
        while "event" not in (fields := self.block()):
            pass
        return Told(fields["id"], json.loads(fields["data"]), fields["event"])

    def rest(self) -> list[dict[str, str]]:
        """Every block up to the end of the stream, once that comes."""
        found = []
        with contextlib.suppress(StopIteration):
            while True:
                found.append(self.block())
        return found

    def is_told_nothing(self) -> bool:
        """Whether the next three blocks are heartbeats, which may say the place."""
        return all(self.block().keys() <= {"", "retry", "id"} for _ in range(3))


@contextmanager
def connected(
    address: str, last_id: str | None = None, path: str = "/live/kpis", key: dict[str, str] | None = None, **asked: Any
) -> Iterator[Stream]:
    """A client of a live feed."""
    headers = {**(key or {}), **({} if last_id is None else {"Last-Event-ID": last_id})}
    with (
        httpx.Client(trust_env=False, timeout=DEADLINE_S) as client,
        client.stream("GET", f"{address}/api/v1{path}", params=asked, headers=headers) as response,
    ):
        yield Stream(response)
