"""The session that the parts of `rtl up` run in: one for all of them, which is not the terminal's.

Ctrl-C reaches the supervisor alone, and where the kernel shares the processors among sessions first (`autogroup` in sched(7)) the
parts together count as one. A session can only be joined by what its first process starts: the keeper, which starts the parts as
it is told, says when they end, and ends them when the supervisor is gone, whatever that died of.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from queue import SimpleQueue
from typing import IO

import psutil

from rtlakehouse.errors import RtlError
from rtlakehouse.stack.priority import give_way

__all__ = ["STOP_S", "Child", "Ended", "Session", "Start", "Started", "end"]

# How long a part has to end by itself.
STOP_S = 10.0


@dataclass(frozen=True)
class Start:
    """To the keeper, which answers with Started or the OSError that it met."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Started:
    """From the keeper."""

    pid: int


@dataclass(frozen=True)
class Ended:
    """From the keeper, of a process that it started. code: as `subprocess.Popen.returncode`."""

    pid: int
    code: int


@dataclass
class Child:
    """A process of the session. code: None while it runs, then as `subprocess.Popen.returncode`."""

    pid: int
    code: int | None = None


class Session:
    """The supervisor's side of the keeper.

    nice: how far the session gives way to others, 0 to 19. output: where its processes print to; None: where this one does.
    """

    def __init__(self, nice: int, output: IO[bytes] | None = None) -> None:
        self._children: dict[int, Child] = {}
        self._answers: SimpleQueue[Child | Exception] = SimpleQueue()
        self._connection, theirs = Pipe()
        command = [sys.executable, "-m", "rtlakehouse.stack.keeper"]
        with theirs:
            self._keeper = subprocess.Popen(command, stdin=theirs.fileno(), stdout=output, stderr=output, start_new_session=True)
        give_way(self._keeper.pid, nice)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Raises OSError where it cannot be started or the keeper is gone."""
        self._connection.send(Start(command, environment))
        answer = self._answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def check(self) -> None:
        """Raises RtlError where the keeper is gone: nobody says any more what ends."""
        if not self._reader.is_alive():
            raise RtlError("The process that starts the parts was killed, so they are stopped. Start again; nothing is lost.")

    def close(self) -> None:
        """Let go of the keeper. What still runs is ended."""
        # One that was killed, or let go of before, is told nothing any more.
        with suppress(OSError):
            self._connection.send(None)
        self._keeper.wait()
        self._reader.join()
        self._connection.close()

    def _read(self) -> None:
        try:
            while True:
                message = self._connection.recv()
                if isinstance(message, Ended):
                    self._children.pop(message.pid).code = message.code
                elif isinstance(message, Started):
                    self._children[message.pid] = Child(message.pid)
                    self._answers.put(self._children[message.pid])
                else:
                    self._answers.put(message)
        except (EOFError, OSError):
            self._answers.put(BrokenPipeError("The process that starts the parts was killed."))


def end(pid: int) -> bool:
    """End a process; whether it did so by itself within STOP_S, and was not killed."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.terminate()
        _, late = psutil.wait_procs([process], timeout=STOP_S)
        for process in late:
            process.kill()
        psutil.wait_procs(late, timeout=STOP_S)
        return not late
    return True
