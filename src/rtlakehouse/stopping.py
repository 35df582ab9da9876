"""A wish to stop that a signal handler may express."""

from __future__ import annotations

import signal
from queue import Empty, SimpleQueue

__all__ = ["Stop"]


class Stop:
    """Set once, from anywhere, also from a signal handler.

    A `threading.Event` must not be set there: the handler runs in the main thread between any two steps, and hangs for good where
    that thread is just holding the event's lock. A `SimpleQueue` may be put to.
    """

    def __init__(self) -> None:
        self._wishes: SimpleQueue[None] = SimpleQueue()

    def on_signals(self) -> Stop:
        """Set it at SIGINT and SIGTERM. Call it in the main thread."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.set())
        return self

    def set(self) -> None:
        self._wishes.put(None)

    def is_set(self) -> bool:
        return not self._wishes.empty()

    def wait(self, timeout_s: float) -> bool:
        """Whether it is set, as soon as it is or after `timeout_s`."""
        try:
            self._wishes.put(self._wishes.get(timeout=timeout_s))
        except Empty:
            return False
        return True
