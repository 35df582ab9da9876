"""strace on a running program: kills it, or has the disk refuse, at one file's system calls."""

from __future__ import annotations

import shutil
from pathlib import Path

from faults.programs import Program, Programs, until
from needing import missing
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import commit_path

# The call of Linux that makes a commit, by the name that it has on the processor at hand.
LINK = "?link,linkat"


def require_strace() -> None:
    """Skip where there is no strace; in continuous integration there must be."""
    if shutil.which("strace") is None:
        missing("strace is not installed (apt-get install strace)")


def next_commit(lake: Lake, table: str) -> Path:
    """The log entry that the table's next commit will make."""
    return commit_path(lake.path(table), lake.version(table) + 1)


def inject(programs: Programs, victim: Program, path: Path, call: str, what: str) -> Program:
    """From now on `victim` meets `what` (such as `signal=SIGKILL` or `error=EIO`) at its system calls `call` on `path`.

    `LINK` is what makes a commit; `fsync` of the log entry comes right after it.
    """
    command = ["strace", "-f", "-p", str(victim.pid), "-P", str(path), "-e", f"trace={call}", "-e", f"inject={call}:{what}"]
    tracer = programs.adopt(command, victim.lake)
    until(lambda: _is_traced(victim.pid) or not tracer.running, f"strace does not attach: {tracer.said}")
    assert tracer.running, tracer.said
    return tracer


def _is_traced(pid: int) -> bool:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return all("TracerPid:\t0\n" not in (thread / "status").read_text() for thread in threads)
