"""Where records go: an HTTP server, a file, a list."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import httpx

from rtlakehouse.client.questions import authorization, retry_after
from rtlakehouse.clock import Clock
from rtlakehouse.errors import SourceError

__all__ = ["FileSink", "HttpSink", "MemorySink", "Sink"]

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
# How often a sink that waits looks whether it is to stop.
_TICK_S = 0.1


class Sink(Protocol):
    """Takes batches of records, in order. `resent`: records sent again because an answer was lost."""

    resent: int

    def send(self, records: Sequence[bytes]) -> None:
        """Return once the batch is stored. Raises SourceError when it never will be."""

    def close(self) -> None:
        """Let go of what is open."""


class MemorySink:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.resent = 0

    def send(self, records: Sequence[bytes]) -> None:
        self.records += records

    def close(self) -> None:
        pass


class FileSink:
    """JSON lines in a file; `-` is standard output. A record with a line feed in it would be two: there is none."""

    def __init__(self, path: str) -> None:
        try:
            self._file: BinaryIO = sys.stdout.buffer if path == "-" else Path(path).open("wb")  # noqa: SIM115 - closed by close
        except OSError as error:
            raise SourceError(f"{path} cannot be written: {error.strerror}. Name another file with --to.") from error
        self.resent = 0

    def send(self, records: Sequence[bytes]) -> None:
        self._file.write(b"\n".join(records) + b"\n")

    def close(self) -> None:
        self._file.flush()
        if self._file is not sys.stdout.buffer:
            self._file.close()


class HttpSink:
    """Posts NDJSON to a gateway. Waits and tries again for as long as the server is away or says that it is full.

    A batch whose answer was lost is sent again: the events it holds are then duplicates, which the lake tells apart. `stopped`
    ends the waiting with a SourceError. key: an API key of role ingest.
    """

    def __init__(self, address: str, clock: Clock, stopped: Callable[[], bool] = lambda: False, key: str | None = None) -> None:
        self._address = address
        self._stopped = stopped
        headers = {"Content-Type": "application/x-ndjson", **authorization(key)}
        self._client = httpx.Client(base_url=address, timeout=30, headers=headers)
        self._clock = clock
        self.resent = 0

    def send(self, records: Sequence[bytes]) -> None:
        body = b"\n".join(records)
        pause = _FIRST_PAUSE_S
        while True:
            try:
                answer = self._client.post("/api/v1/events", content=body)
            except httpx.ConnectError:
                wait = pause
            except httpx.TransportError:
                wait = pause
                self.resent += len(records)
            else:
                if answer.status_code == 202:
                    return
                if answer.status_code not in (429, 503):
                    needs_key = " `RTL_API_KEY` gives the key to send." if answer.status_code in (401, 403) else ""
                    raise SourceError(f"{answer.url} answered {answer.status_code}: {answer.text[:300]}{needs_key}")
                wait = retry_after(answer, pause)
            self._wait(wait, len(records))
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _wait(self, seconds: float, unsent: int) -> None:
        while seconds > 0:
            if self._stopped():
                raise SourceError(f"Stopped while {self._address} took nothing: the last {unsent:,} records may not be stored.")
            self._clock.sleep(min(seconds, _TICK_S))
            seconds -= _TICK_S

    def close(self) -> None:
        self._client.close()
