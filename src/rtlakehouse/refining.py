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

__all__ = ["Refining", "refining"]

_POLL_S = 0.1
# Bronze versions that may wait for the engine while a file is replayed: enough to keep it busy, few enough to stay in memory.
_AHEAD = 3


class Refining(Protocol):
    """Somebody who takes bronze to gold."""

    def keep_up(self) -> None:
        """Return when little of bronze waits. Raises what the engine raised."""

    def finish(self) -> None:
        """Return when nothing of bronze waits. Raises what the engine raised."""


@contextmanager
def refining(settings: Settings, lake: Lake, clock: Clock) -> Iterator[Refining]:
    """Refine what comes into bronze inside the block."""
    held = ExitStack()
    try:
        held.enter_context(lake.lock("engine", clock.now()))
    except LakeLockedError:
        yield _OtherEngine(lake, clock)
        return
    with held:
        own = _OwnEngine(settings, lake, clock)
        try:
            yield own
        finally:
            own.stop()


class _OtherEngine:
    """Waits for the engine of another process."""

    def __init__(self, lake: Lake, clock: Clock) -> None:
        self._lake = lake
        self._clock = clock
        self._ledger = lake.writer("ops.ledger")

    def keep_up(self) -> None:
        self._wait(_AHEAD)

    def finish(self) -> None:
        self._wait(0)

    def _wait(self, ahead: int) -> None:
        while self._lake.version("bronze.events") - self._done() > ahead and self._lake.has_data_after(
            "bronze.events", self._done()
        ):
            self._clock.sleep(_POLL_S)

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

    def keep_up(self) -> None:
        self._wait(_AHEAD)

    def finish(self) -> None:
        self._wait(0)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _wait(self, ahead: int) -> None:
        with self._progress:
            while self._error is None and self._waiting() > ahead:
                self._progress.wait(_POLL_S)
        if self._error is not None:
            raise self._error

    def _waiting(self) -> int:
        done = self._pipeline.done
        return self._lake.version("bronze.events") - done if self._lake.has_data_after("bronze.events", done) else 0

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
