"""The first process of the session of `rtl up`: see rtlakehouse.stack.session."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection

from rtlakehouse.stack.session import Ended, Start, Started, end

__all__ = ["Keeper"]


class Keeper:
    """Starts what the supervisor asks for, says when it ends, and ends it when the supervisor needs no more or is gone."""

    def __init__(self, supervisor: Connection) -> None:
        self._supervisor = supervisor
        self._sending = threading.Lock()
        self._waiting: dict[int, threading.Thread] = {}

    def run(self) -> None:
        while (wanted := self._asked()) is not None:
            try:
                self._start(wanted)
            except OSError as error:
                self._say(error)
        for pid, waiting in reversed(list(self._waiting.items())):
            end(pid)
            waiting.join()

    def _asked(self) -> Start | None:
        """None: no more, or the supervisor is gone."""
        try:
            wanted: Start | None = self._supervisor.recv()
        except (EOFError, OSError):
            return None
        return wanted

    def _start(self, wanted: Start) -> None:
        # A group of its own: a signal to the group of one part is for that one.
        process = subprocess.Popen(wanted.command, env=wanted.environment, stdin=subprocess.DEVNULL, process_group=0)
        self._say(Started(process.pid))
        waiting = threading.Thread(target=self._wait, args=(process,), daemon=True)
        self._waiting[process.pid] = waiting
        waiting.start()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        self._say(Ended(process.pid, process.wait()))
        del self._waiting[process.pid]

    def _say(self, message: Started | Ended | OSError) -> None:
        # A supervisor that is gone is noticed where it is asked what it wants.
        with self._sending, suppress(OSError):
            self._supervisor.send(message)


if __name__ == "__main__":
    # What is sent to all processes of a service is for the supervisor to follow. A handler, as children inherit what is ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    Keeper(Connection(sys.stdin.fileno())).run()
