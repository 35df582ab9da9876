"""Getting what is in bronze refined: by an engine of this process where the lake is free, else by the one that has it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Protocol

from rtlakehouse.assembly import make_pipeline
from rtlakehouse.clock import Clock
from rtlakehouse.engines.base import LEDGER_APPLICATION
from rtlakehouse.errors import LakeLockedError
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.lock import holder
from rtlakehouse.storage.pause import is_paused

__all__ = ["Refining", "refining"]

_POLL_S = 0.1
# How long the lake may be without an engine before this process takes its place: a supervisor starts one again sooner.
_GONE_S = 5.0
# Bronze versions that may wait for the engine while a file is replayed: two that it writes, two that it refines meanwhile and
# two to take next, so that it never has to stop refining; few enough to stay in memory.
_AHEAD = 6


class Refining(Protocol):
    """Somebody who takes bronze to gold."""

    def keep_up(self) -> None:
        """Return when little of bronze waits, or while the lake is paused. Raises what the engine raised."""

    def finish(self) -> None:
        """Return when nothing of bronze waits, or while the lake is paused. Raises what the engine raised."""


@contextmanager
def refining(settings: Settings, lake: Lake, clock: Clock) -> Iterator[Refining]:
    """Refine what comes into bronze inside the block."""
    with ExitStack() as stack:
        yield _Refiner(settings, lake, clock, stack)


class _Refiner:
    """Refines by the engine there is, and by one of its own while there is none."""

    def __init__(self, settings: Settings, lake: Lake, clock: Clock, stack: ExitStack) -> None:
        self._settings = settings
        self._lake = lake
        self._clock = clock
        self._stack = stack
        self._engine: _OwnEngine | _OtherEngine = self._own() or _OtherEngine(lake, clock)

    def keep_up(self) -> None:
        self._wait(_AHEAD)

    def finish(self) -> None:
        self._wait(0)

    def _wait(self, ahead: int) -> None:
        while not self._engine.wait(ahead):
            self._engine = self._own() or self._engine

    def _own(self) -> _OwnEngine | None:
        """An engine of this process, until the end of the block; None where another process has one."""
        try:
            self._stack.enter_context(self._lake.lock("engine", self._clock.now()))
        except LakeLockedError:
            return None
        # Only now is nobody else at work here: what an engine that died left behind can be put right.
        own = _OwnEngine(self._settings, Lake.create(self._lake.root), self._clock)
        self._stack.callback(own.stop)
        return own


class _OtherEngine:
    """Waits for the engine of another process."""

    def __init__(self, lake: Lake, clock: Clock) -> None:
        self._lake = lake
        self._clock = clock
        self._ledger = lake.writer("ops.ledger")

    def wait(self, ahead: int) -> bool:
        """True once at most `ahead` versions of bronze wait; False where that engine has ended before."""
        seen = self._clock.monotonic()
        while self._waiting() > ahead and not is_paused(self._lake):
            if holder(self._lake.control / "engine.lock") is not None:
                seen = self._clock.monotonic()
            elif self._clock.monotonic() - seen > _GONE_S:
                return False
            self._clock.sleep(_POLL_S)
        return True

    def _waiting(self) -> int:
        return self._lake.waiting(self._done())

    def _done(self) -> int:
        self._ledger.reopen()
        return self._ledger.progress(LEDGER_APPLICATION) or 0


class _OwnEngine:
    """Runs the pipeline in a thread."""

    def __init__(self, settings: Settings, lake: Lake, clock: Clock) -> None:
        self._trigger = timedelta(milliseconds=settings.trigger_ms)
        self._lake = lake
        self._pipeline = make_pipeline(settings, lake, clock)
        self._pipeline.recover()
        self._error: BaseException | None = None
        self._stop = threading.Event()
        self._progress = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="engine")
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def wait(self, ahead: int) -> bool:
        """True once at most `ahead` versions of bronze wait. Raises what the engine raised."""
        with self._progress:
            while self._error is None and self._waiting() > ahead and not is_paused(self._lake):
                self._progress.wait(_POLL_S)
        if self._error is not None:
            raise self._error
        return True

    def _waiting(self) -> int:
        return self._lake.waiting(self._pipeline.done)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                if self._pipeline.step() is None:
                    self._stop.wait(self._trigger.total_seconds())
                with self._progress:
                    self._progress.notify_all()
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            self._error = error
        finally:
            with self._progress:
                self._progress.notify_all()
