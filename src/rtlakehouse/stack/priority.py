"""Lets a process give way to the programs that a person uses on the same machine, the browser with the dashboard among them."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

__all__ = ["give_way"]

# Who is not root may set one group's value in each tenth of a second, of all groups there are.
_AGAIN_S = 0.05
_TRIES = 40
# It has ended; this system does not share among sessions; in a container /proc may not be written to, which sees to that itself.
_AS_IT_IS = (errno.ESRCH, errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS)


def give_way(pid: int, nice: int) -> None:
    """Lower the priority of a process of ours that was just started and leads a session; nice: 0 to 19.

    Each step is 1.25 times less of the processor where it is short (sched(7)). Where the kernel shares the processor among
    sessions first (`autogroup`, there), a process's nice value counts within its session alone, and the session has one of its
    own. A process that gives way more already stays as it is, and one that has ended.
    """
    try:
        os.setpriority(os.PRIO_PROCESS, pid, max(nice, os.getpriority(os.PRIO_PROCESS, pid)))
        _session_gives_way(Path(f"/proc/{pid}/autogroup"), nice)
    except OSError as error:
        if error.errno not in _AS_IT_IS:
            raise


def _session_gives_way(group: Path, nice: int) -> None:
    """As far as that can be had within two seconds: nothing but a share of time depends on it."""
    for _ in range(_TRIES):
        try:
            group.write_text(str(nice))
        except BlockingIOError:
            time.sleep(_AGAIN_S)
        else:
            return
