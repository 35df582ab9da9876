"""Work every few seconds in one process only: whoever has the lake's lock for it; another takes over where that one ends."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from rtlakehouse.clock import Clock
from rtlakehouse.errors import LakeLockedError, StoreError
from rtlakehouse.storage.lake import Lake

__all__ = ["Watch"]

log = structlog.get_logger(__name__)


class Watch:
    """A thread that calls `work` every `every_s`, and at once again where it says that there is more, as long as it has the lock
    of `role`. `stop` waits for the work at hand."""

    def __init__(self, lake: Lake, role: str, clock: Clock, every_s: float, work: Callable[[], bool]) -> None:
        self._lake = lake
        self._role = role
        self._clock = clock
        self._every_s = every_s
        self._work = work
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=role, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._lake.lock(self._role, self._clock.now()):
                    self._watch()
            except LakeLockedError:
                # Another process does it.
                self._stopping.wait(self._every_s)
            except OSError as error:
                self._say(error)
                self._stopping.wait(self._every_s)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            more = False
            try:
                more = self._work()
            except StoreError as error:
                self._say(error)
            except Exception:  # whatever it was, this thread must go on looking; the log has it
                log.exception("alerts are not looked after", what=self._role)
            if not more:
                self._stopping.wait(self._every_s)

    def _say(self, error: Exception) -> None:
        log.error("alerts are not looked after", what=self._role, why=str(error))
