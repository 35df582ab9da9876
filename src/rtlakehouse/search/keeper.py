"""Keeps the indexes up to date, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

__all__ = ["Keeper"]

log = structlog.get_logger(__name__)


class Keeper:
    """Calls `work` every `every_s`, or never where that is 0. `stop` waits for the work at hand.

    fault: why the last call failed; empty where it did not.
    """

    def __init__(self, every_s: float, work: Callable[[], None]) -> None:
        self._every_s = every_s
        self._work = work
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="search", daemon=True)
        self.fault = ""

    def start(self) -> None:
        if self._every_s:
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                self._work()
                self.fault = ""
            except Exception as error:  # whatever it was, this thread must go on; health shows the fault
                self.fault = f"The search index does not follow the tables: {error}"
                log.exception("the search index does not follow the tables", error=str(error))
