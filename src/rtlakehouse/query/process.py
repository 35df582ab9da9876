"""A worker as the process that started it sees it: its pipes, what it may take, what it wrote, and how it ended."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import Enum, auto
from typing import IO, cast

import msgspec

from rtlakehouse.query.wire import EXIT_OUT_OF_MEMORY, Failure, Task, receive, send

__all__ = ["Bounds", "Ending", "WorkerProcess"]

_WORKER = "rtlakehouse.query.worker"
# A frame has more than the rows: their schema, and how they are laid out.
_FRAME_OVERHEAD = 1 << 20
# Of each end of what it wrote: a fault is named first in a report of Python's on a signal, last in one on an exception.
_WRITTEN_BYTES = 2_000
# What a C++ program says that the operating system gave no memory, before it aborts.
_NO_MEMORY = "std::bad_alloc"


@dataclass(frozen=True)
class Bounds:
    """What one statement may take: seconds, memory, bytes of its page, threads; and how many may run at once."""

    deadline_s: float
    memory_mb: int
    max_bytes: int
    threads: int
    concurrent: int


class Ending(Enum):
    """Why a worker that nobody ended is gone."""

    MEMORY = auto()
    PROCESSOR_TIME = auto()
    CRASH = auto()


class WorkerProcess:
    """A process that answers tasks one by one. Any thread may kill it."""

    def __init__(self, bounds: Bounds) -> None:
        # Two threads use the processor twice as fast as time goes by.
        cpu_s = math.ceil(bounds.deadline_s * bounds.threads)
        limits = map(str, (bounds.memory_mb, cpu_s, bounds.max_bytes, bounds.threads))
        self._largest = bounds.max_bytes + _FRAME_OVERHEAD
        self._is_ready = False
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        # It gets no variable of this process's environment, and no other file that is open here.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-X", "faulthandler", "-m", _WORKER, *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={},
        )

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Return when it takes tasks. Raises EOFError where it ends before that."""
        if not self._is_ready:
            receive(self._pipes()[1], self._largest)
            self._is_ready = True

    def ask(self, task: Task) -> bytes | Failure:
        """The rows that the statement finds, as Arrow IPC. Raises EOFError or BrokenPipeError where the process ends instead."""
        stdin, stdout = self._pipes()
        send(stdin, msgspec.msgpack.encode(task))
        if failure := receive(stdout, self._largest):
            return msgspec.msgpack.decode(failure, type=Failure)
        return receive(stdout, self._largest)

    def kill(self) -> None:
        self._process.kill()

    def ending(self) -> Ending:
        """Why it is gone; it is ended where it is not yet."""
        status = self.end()
        if status == EXIT_OUT_OF_MEMORY or (status == -signal.SIGABRT and _NO_MEMORY in self.written()):
            return Ending.MEMORY
        return Ending.PROCESSOR_TIME if status == -signal.SIGXCPU else Ending.CRASH

    def end(self) -> int:
        """Kill it if it is there. The status it left with, or the number of the signal that ended it as a negative one."""
        self.kill()
        return self._process.wait()

    def written(self) -> str:
        """The beginning and the end of what it wrote to its standard error."""
        self._stderr.seek(0)
        text = self._stderr.read()
        if len(text) > 2 * _WRITTEN_BYTES:
            text = text[:_WRITTEN_BYTES] + b"\n...\n" + text[-_WRITTEN_BYTES:]
        return text.decode("utf-8", "replace")

    def close(self) -> None:
        """End it, and let go of its files."""
        self.end()
        for stream in (*self._pipes(), self._stderr):
            stream.close()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        return cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
