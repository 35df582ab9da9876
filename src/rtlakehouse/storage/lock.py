"""Locks of a lake: one engine and one HTTP gateway at a time, across processes."""

from __future__ import annotations

import fcntl
import json
import os
import time
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from rtlakehouse.clock import isoformat
from rtlakehouse.errors import LakeLockedError

__all__ = ["LakeLock", "holder", "holder_here"]

# Whoever asks for the holder has the lock for an instant; a real holder has it for much longer than this.
_PATIENCE_S = 0.3
_RETRY_S = 0.01


class LakeLock:
    """An exclusive lock on a file; the kernel lets go of it when the process dies, however it dies."""

    def __init__(self, path: Path, role: str, now: datetime) -> None:
        self._path = path
        self._role = role
        self._now = now
        self._descriptor: int | None = None

    def __enter__(self) -> LakeLock:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        if not _locked(descriptor, time.monotonic() + _PATIENCE_S):
            os.close(descriptor)
            raise LakeLockedError(
                f"Another {self._role} works on {self._path.parent.parent}: {holder(self._path) or 'it is just starting'}. "
                "Stop it first, or use another lake with --lake."
            )
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
    owner = _owner(_held(path) or b"")
    return owner["pid"] if owner and owner["host"] == os.uname().nodename else None


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
