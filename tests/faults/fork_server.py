"""Starts `rtl` processes by fork: what every start imports, two seconds of processor time, is imported once.

What is started is a process like any other, in a session of its own, with its own environment, time zone and output; only the
import of the code came before instead of after its birth. Requests and answers are JSON, one a line.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

# Threads that libraries start on import and that restart themselves in a fork; any other would be missing in the child.
_HARMLESS = {"jemalloc_bg_thd"}


def serve() -> None:
    """Answer requests until standard input ends; then end what is still running."""
    from rtlakehouse.cli.app import main, program

    program()  # imports what any command needs

    _refuse_threads()
    running: set[int] = set()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if request["do"] == "start":
            running.add(pid := _start(request, main))
            _answer({"pid": pid})
        elif request["do"] == "hello":
            _answer({})
        else:
            _answer({"code": _exit_code(request["pid"], running)})
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def _refuse_threads() -> None:
    names = [(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir() if task.name != str(os.getpid())]
    if unknown := set(names) - _HARMLESS:
        raise SystemExit(f"Importing rtlakehouse starts threads ({', '.join(unknown)}): a fork would lack them.")


def _answer(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def _exit_code(pid: int, running: set[int]) -> int | None:
    """As subprocess has it: negative for a signal, None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    if not found:
        return None
    running.remove(pid)
    return os.waitstatus_to_exitcode(status)


def _start(request: dict[str, Any], main: Any) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    for descriptor, path in ((0, os.devnull), (1, request["stdout"]), (2, request["stderr"])):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(opened, descriptor)
        os.close(opened)
    faulthandler.register(signal.SIGUSR1)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["folder"])
    if not request["syncs"]:
        os.fsync = os.fstat  # type: ignore[assignment]  # it still refuses a descriptor that is not open
    sys.argv = ["rtl", *request["arguments"]]
    main()
    return 0


if __name__ == "__main__":
    serve()
