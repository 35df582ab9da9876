"""The processes that run statements for this one, as the operating system shows them."""

from __future__ import annotations

import resource

import psutil

__all__ = ["Watch", "is_gone"]

# More than a worker uses between two statements.
_AT_WORK_S = 0.2


class Watch:
    """Finds the worker that runs a statement, among those that had run one when the watch began."""

    def __init__(self) -> None:
        self._before = {process.pid: _used_s(process) for process in _workers() if _had_a_task(process)}

    @property
    def seen(self) -> list[psutil.Process]:
        return [psutil.Process(pid) for pid in self._before]

    def at_work(self) -> psutil.Process | None:
        """The one that has computed for a while by now."""
        return next((process for process in self.seen if _used_s(process) > self._before[process.pid] + _AT_WORK_S), None)


def is_gone(process: psutil.Process) -> bool:
    """Whether it has ended and its end was taken note of."""
    return not process.is_running()


def _workers() -> list[psutil.Process]:
    return [process for process in psutil.Process().children() if "rtlakehouse.query.worker" in process.cmdline()]


def _had_a_task(process: psutil.Process) -> bool:
    """A worker's processor time is bounded when its first statement comes."""
    return bool(process.rlimit(resource.RLIMIT_CPU)[0] != resource.RLIM_INFINITY)


def _used_s(process: psutil.Process) -> float:
    return float(process.cpu_times().user)
