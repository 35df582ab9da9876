"""Getting events to where they are wanted, a receiver or a file, without the engine waiting for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Full, Queue
from typing import Any

import httpx
import msgspec
import structlog

__all__ = ["Sender"]

log = structlog.get_logger(__name__)

# Events of about an hour; what a receiver that is away misses beyond that, the next ones make good: each says all there is.
_WAITING = 1_000
_TIMEOUT_S = 5.0
_AGAIN_S = 1.0
_LOOK_S = 0.1


class Sender:
    """Sends events in their order, each until it is taken. `to`: an address of HTTP, or a file that gets a line for each.

    What does not fit in the queue, because nothing is taken for long, is left out with a line in the log.
    """

    def __init__(self, to: str, key: str | None = None) -> None:
        self._to = to
        self._waiting: Queue[bytes] = Queue(_WAITING)
        self._stopping = threading.Event()
        self._trouble = ""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._client = httpx.Client(timeout=_TIMEOUT_S, headers=headers)
        self._take: Callable[[bytes], None] = self._post if to.startswith(("http://", "https://")) else self._write
        self._thread = threading.Thread(target=self._run, name="openlineage", daemon=True)
        self._thread.start()

    def send(self, event: dict[str, Any]) -> None:
        """Have it sent; it does not wait."""
        try:
            self._waiting.put_nowait(msgspec.json.encode(event))
        except Full:
            self._say("too many events of OpenLineage wait; this one is left out")

    def close(self) -> None:
        """Try once more what waits, then end."""
        self._stopping.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while (event := self._next()) is not None:
            while not self._sent(event):
                if self._stopping.is_set():
                    return
                self._stopping.wait(_AGAIN_S)

    def _next(self) -> bytes | None:
        """What waits longest; None when stopping and nothing does."""
        while True:
            try:
                return self._waiting.get(timeout=_LOOK_S)
            except Empty:
                if self._stopping.is_set():
                    return None

    def _sent(self, event: bytes) -> bool:
        """Whether it was taken, or never will be."""
        try:
            self._take(event)
        except httpx.HTTPStatusError as error:
            if error.response.is_client_error:
                self._say(f"an event of OpenLineage was refused and is left out: {error}")
                return True
            self._say(str(error))
            return False
        except (httpx.HTTPError, OSError) as error:
            self._say(str(error))
            return False
        self._trouble = ""
        return True

    def _post(self, event: bytes) -> None:
        self._client.post(self._to, content=event).raise_for_status()

    def _write(self, event: bytes) -> None:
        with open(Path(self._to), "ab") as file:
            file.write(event + b"\n")

    def _say(self, trouble: str) -> None:
        """Once for each trouble that is new: it lasts as a rule."""
        if trouble != self._trouble:
            log.warning("events of OpenLineage are not taken", to=self._to, why=trouble)
        self._trouble = trouble
