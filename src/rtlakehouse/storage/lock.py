"""Locks of a lake: one engine and one HTTP gateway at a time, across processes."""

from __future__ import annotations

import fcntl
import json
import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from rtlakehouse.clock import isoformat
from rtlakehouse.errors import LakeLockedError

__all__ = ["LakeLock", "holder", "holder_here"]

log = structlog.get_logger(__name__)

# Whoever asks for the holder has the lock for an instant; a real holder has it for much longer than this.
_PATIENCE_S = 0.3
_RETRY_S = 0.01
# A JVM ends within a second or two of the process that started it, and takes many times that where the machine is busy.
_SUCCESSION = timedelta(seconds=60)


class LakeLock:
    """An exclusive lock on a file; the kernel lets go of it when the process dies, however it dies, and all that inherited it.

    Entering raises LakeLockedError that names the holder. Where the holder was killed, what it had started is waited for first:
    up to `succession`, and that is logged.
    """

    def __init__(self, path: Path, role: str, now: datetime, succession: timedelta = _SUCCESSION) -> None:
        self._path = path
        self._role = role
        self._now = now
        self._succession = succession
        self._descriptor: int | None = None

    def __enter__(self) -> LakeLock:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._take(descriptor)
        except LakeLockedError:
            os.close(descriptor)
            raise
        # Only who asks for it inherits it: a process that writes for this one, and has the lock on where this one is killed.
        os.set_inheritable(descriptor, True)
        os.ftruncate(descriptor, 0)
        owner = {"role": self._role, "pid": os.getpid(), "host": os.uname().nodename, "since": isoformat(self._now)}
        os.pwrite(descriptor, json.dumps(owner).encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, descriptor: int) -> None:
        deadline = time.monotonic() + self._succession.total_seconds()
        killed = None
        while not _locked(descriptor, time.monotonic() + _PATIENCE_S):
            before, killed = killed, _killed(os.pread(descriptor, 4096, 0))
            if killed is None or time.monotonic() >= deadline:
                raise LakeLockedError(self._refusal(killed))
            if before is None:
                seconds = self._succession.total_seconds()
                log.warning("what a killed process has started is waited for", role=self._role, pid=killed, up_to_s=seconds)

    def _refusal(self, killed: int | None) -> str:
        lake = self._path.parent.parent
        if killed is not None:
            return (
                f"The {self._role} with pid {killed} was killed, and what it has started works on {lake} still. "
                f"End it: `fuser {self._path}` names it."
            )
        return (
            f"Another {self._role} works on {lake}: {holder(self._path) or 'it is just starting'}. "
            "Stop it first, or use another lake with --lake."
        )


def _killed(content: bytes) -> int | None:
    """The process of this machine that wrote this into a lock's file, where it is gone; None where it may live."""
    pid = _pid_here(content)
    return pid if pid is not None and _is_gone(pid) else None


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        # It is another user's.
        return False
    return False


def _locked(descriptor: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_RETRY_S)
        else:
            return True


def holder(path: Path) -> str | None:
    """Who holds the lock in this file, in words; None where nobody does."""
    content = _held(path)
    return None if content is None else _describe(content)


def holder_here(path: Path) -> int | None:
    """The process on this machine that holds the lock in this file; None where none does."""
    return _pid_here(_held(path) or b"")


def _held(path: Path) -> bytes | None:
    """What its holder wrote into this file; None where nobody holds it."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, 4096, 0)
    finally:
        os.close(descriptor)
    return None


def _pid_here(content: bytes) -> int | None:
    owner = _owner(content)
    return owner["pid"] if owner and owner["host"] == os.uname().nodename else None


def _owner(content: bytes) -> dict[str, Any] | None:
    try:
        owner: dict[str, Any] = json.loads(content)
    except ValueError:
        return None
    return owner


def _describe(content: bytes) -> str:
    if (owner := _owner(content)) is None:
        return "a process that is just starting"
    return f"the {owner['role']} with pid {owner['pid']} on {owner['host']}, since {owner['since']}"
