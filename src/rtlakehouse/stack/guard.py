"""Ends the parts of `rtl up` when it was killed and could not do so itself.

A process of its own reads their ids from a pipe, whose end comes when the supervisor is gone, whatever it died of. That also ends
Kafka, which is no program of ours, and works on any system that has pipes.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from typing import IO, cast

import psutil

__all__ = ["Guard", "end_parts"]

_STOP_S = 10.0


class Guard:
    """The supervisor's end of the pipe."""

    def __init__(self) -> None:
        # A session of its own: what kills the supervisor's whole group leaves it alive.
        self._process = subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE, start_new_session=True)
        self._pipe = cast(IO[bytes], self._process.stdin)

    def watch(self, pid: int) -> None:
        """End this process, too, when the supervisor is gone."""
        self._pipe.write(b"%d\n" % pid)
        self._pipe.flush()

    def close(self) -> None:
        """Let go of the parts, all of which have ended."""
        self._process.communicate()


def end_parts(pids: Iterable[str]) -> None:
    """Remember these processes as they are named; when no more are, end those that live, the last named first."""
    parts = [part for pid in pids if (part := _found(int(pid))) is not None]
    for part in reversed(parts):
        if part.is_running():
            _end(part)


def _found(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def _end(part: psutil.Process) -> None:
    try:
        part.terminate()
        part.wait(_STOP_S)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        part.kill()


if __name__ == "__main__":
    end_parts(sys.stdin)
