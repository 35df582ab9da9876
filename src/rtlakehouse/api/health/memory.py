"""The memory of the processes that work on the lake, as far as they are on this machine."""

from __future__ import annotations

import psutil

from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.lock import holder_here

__all__ = ["memory_of_parts"]

# Each part with the lock that its process holds.
_LOCKS = {"engine": "engine.lock", "source": "consumer.lock"}


def memory_of_parts(lake: Lake) -> dict[str, int]:
    """Resident bytes of the API, the engine and Kafka's consumer, each with its child processes: Spark's Java, queries."""
    pids = {part: holder_here(lake.control / lock) for part, lock in _LOCKS.items()}
    return {"api": _resident(None), **{part: _resident(pid) for part, pid in pids.items() if pid is not None}}


def _resident(pid: int | None) -> int:
    """None: this process. One that has ended meanwhile is nothing."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    return sum(_own(member) for member in family)


def _own(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
