"""The programs under test as processes: started, killed, waited for, and what they said."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from rtlakehouse.environment import child_environment

T = TypeVar("T")

# Long enough for a machine that does something else as well; a test that waits this long has failed.
PATIENCE_S = 90.0
# As a script reads it; and nothing gives way to the tests that run beside.
_USUAL = {"RTL_LOG_FORMAT": "json", "COLUMNS": "200", "RTL_UP_NICE": "0"}
_SERVER = Path(__file__).with_name("fork_server.py")


def until(condition: Callable[[], T | None], why: str, seconds: float = PATIENCE_S) -> T:
    """The first true value of `condition`; an AssertionError saying `why` when it has none in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"in {seconds:g} s: {why}"
        select.select([], [], [], 0.005)
    return found


@dataclass
class Program:
    """One process of `rtl`. `said` is what it wrote on standard error, `printed` on standard output."""

    command: str
    lake: Path
    pid: int
    output: Path
    reap: Callable[[int], int | None]
    leads_group: bool = False
    code: int | None = None

    @property
    def said(self) -> str:
        return self.output.with_suffix(".err").read_text("utf-8", "replace")

    @property
    def printed(self) -> str:
        return self.output.with_suffix(".out").read_text("utf-8", "replace")

    @property
    def running(self) -> bool:
        if self.code is None:
            self.code = self.reap(self.pid)
        return self.code is None

    def wait(self, seconds: float = PATIENCE_S) -> int:
        """Its exit code once it has ended: negative for a signal."""
        try:
            until(lambda: not self.running, f"`{self.command}` did not end", seconds)
        except AssertionError as error:
            self.signal(signal.SIGUSR1)  # fork_server.py has it say what each thread does
            until(lambda: "Current thread" in self.said, "and does not say where it hangs", 2)
            raise AssertionError(f"{error}\n{self.said[-6000:]}") from None
        assert self.code is not None
        return self.code

    def signal(self, number: signal.Signals) -> None:
        if self.running:
            (os.killpg if self.leads_group else os.kill)(self.pid, number)

    def kill(self) -> None:
        """kill -9, also where it has ended by itself."""
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> None:
        """Ask it to end, as a supervisor does; it must end well."""
        self.signal(signal.SIGTERM)
        assert self.wait() == 0, f"`{self.command}` ended with {self.code}\n{self.said[-3000:]}"


@dataclass
class Programs:
    """Starts programs. `end` kills all that still run and closes what is in `opened`. folder: for what they say.

    syncs: whether they wait for the disk, without which all is as it would be but for a power cut.
    """

    folder: Path
    server: ForkServer
    syncs: bool = False
    started: list[Program] = field(default_factory=list)
    opened: ExitStack = field(default_factory=ExitStack)

    def start(self, *arguments: str | Path, lake: Path, settings: Mapping[str, object] | None = None) -> Program:
        """Run `rtl ARGUMENTS` on a lake; settings by their name in lower case, or environment variables in upper case."""
        texts = [str(argument) for argument in arguments]
        output = self.folder / f"{len(self.started):03d}-{texts[0]}"
        given = {(n if n.isupper() else f"RTL_{n.upper()}"): str(v) for n, v in (settings or {}).items()}
        environment = {**child_environment(), **_USUAL, "RTL_LAKE": str(lake), **given}
        for suffix in (".out", ".err"):
            output.with_suffix(suffix).touch()
        pid = self.server.start(texts, environment, self.folder, output, self.syncs)
        program = Program(f"rtl {' '.join(texts)}", lake, pid, output, self.server.reap)
        self.started.append(program)
        return program

    def run(self, *arguments: str | Path, lake: Path, settings: Mapping[str, object] | None = None) -> Program:
        """Run a command to its end."""
        program = self.start(*arguments, lake=lake, settings=settings)
        program.wait()
        return program

    def adopt(self, command: Sequence[str], lake: Path, settings: Mapping[str, object] | None = None) -> Program:
        """Run another program, such as one that runs `rtl`, by exec."""
        output = self.folder / f"{len(self.started):03d}-{Path(command[0]).name}"
        given = {f"RTL_{n.upper()}": str(v) for n, v in (settings or {}).items()}
        environment = {**child_environment(), **_USUAL, "RTL_LAKE": str(lake), **given}
        with open(output.with_suffix(".out"), "wb") as out, open(output.with_suffix(".err"), "wb") as err:
            process = subprocess.Popen(command, env=environment, cwd=self.folder, stdout=out, stderr=err, start_new_session=True)
        program = Program(" ".join(command), lake, process.pid, output, lambda pid: process.poll(), leads_group=True)
        self.started.append(program)
        return program

    def end(self) -> None:
        self.opened.close()
        for program in self.started:
            program.signal(signal.SIGCONT)
            program.kill()


class ForkServer:
    """The process of fork_server.py."""

    def __init__(self) -> None:
        # OpenBLAS would start its threads on import.
        environment = {**child_environment(), "OPENBLAS_NUM_THREADS": "1"}
        # Of what is imported some takes over how wide the terminal is, where that is said: each child is told for itself.
        environment.pop("COLUMNS", None)
        self._process = subprocess.Popen(
            [sys.executable, str(_SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        )
        self._ask({"do": "hello"})

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._process.communicate(timeout=10)

    def start(self, arguments: list[str], environment: dict[str, str], folder: Path, output: Path, syncs: bool) -> int:
        paths = {"folder": str(folder), "stdout": str(output.with_suffix(".out")), "stderr": str(output.with_suffix(".err"))}
        how = {"arguments": arguments, "environment": environment, "syncs": syncs}
        return int(self._ask({"do": "start", **how, **paths})["pid"] or 0)

    def reap(self, pid: int) -> int | None:
        return self._ask({"do": "reap", "pid": pid})["code"]

    def _ask(self, request: Mapping[str, object]) -> dict[str, int | None]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "The fork server has died; standard error says why."
        answer: dict[str, int | None] = json.loads(line)
        return answer
