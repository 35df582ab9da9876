"""The supervisor of `rtl up`: starts the parts as processes, restarts what dies, stops all of them cleanly."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import structlog

from rtlakehouse.clock import Clock
from rtlakehouse.stack.guard import Guard
from rtlakehouse.stack.priority import give_way
from rtlakehouse.stopping import Stop

__all__ = ["Part", "Supervisor"]

log = structlog.get_logger(__name__)

_STOP_S = 10.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
# A part that ran this long was well: the next pause is short again.
_WELL_S = 30.0
# Exit code for wrong usage: starting it again would change nothing.
_USAGE = 2


@dataclass(frozen=True)
class Part:
    """One process: its name in the log, the command that starts it, and what its environment has beyond that of all."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


class _Running:
    """A part's process and when it may be started again."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.restarts = 0
        self.pause_s = 0.0
        self.due = 0.0


class Supervisor:
    """Keeps parts running until `stop`, and no longer than it lives itself, whatever ends it.

    Their output is one stream, as they write it: every line names its part.
    nice: how far they give way to other programs, 0 to 19.
    """

    def __init__(
        self, parts: Sequence[Part], clock: Clock, environment: Mapping[str, str], nice: int, output: IO[bytes] | None = None
    ) -> None:
        self._running = [_Running(part) for part in parts]
        self._clock = clock
        self._environment = environment
        self._nice = nice
        self._output = output
        self._stop = Stop()
        self._guard = Guard()

    def pids(self) -> dict[str, int]:
        """Process id by part, of those that run now."""
        # Each is looked at once: `watch` may take it away in between.
        found = {running.part.name: running.process for running in self._running}
        return {name: process.pid for name, process in found.items() if process is not None and process.poll() is None}

    def start(self) -> None:
        for running in self._running:
            self._start(running)

    def watch(self) -> int:
        """Restart what dies, until `stop`; the exit code: 0, or a part's when starting it again would not help."""
        while not self._stop.wait(0.1):
            for running in self._running:
                if running.process is None and self._clock.monotonic() >= running.due:
                    self._start(running)
                elif running.process is not None and (code := running.process.poll()) is not None:
                    if code == _USAGE:
                        return code
                    self._died(running, code)
        return 0

    def stop(self) -> None:
        """Let `watch` return. May be called from a signal handler."""
        self._stop.set()

    def close(self) -> None:
        """Stop every part, the last started first: those that send before those that store."""
        for running in reversed(self._running):
            process = running.process
            if process is None or process.poll() is not None:
                continue
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                log.warning("did not stop in time and was killed", process=running.part.name, after_s=_STOP_S)
                process.kill()
                process.wait()
        self._guard.close()

    def _start(self, running: _Running) -> None:
        running.started = self._clock.monotonic()
        # A session of its own, so that Ctrl-C reaches the supervisor alone and the parts stop in order.
        running.process = subprocess.Popen(
            running.part.command,
            env={**self._environment, **running.part.environment},
            stdout=self._output,
            stderr=self._output,
            start_new_session=True,
        )
        self._guard.watch(running.process.pid)
        give_way(running.process.pid, self._nice)

    def _died(self, running: _Running, code: int) -> None:
        now = self._clock.monotonic()
        running.process = None
        running.restarts += 1
        was_well = now - running.started > _WELL_S
        running.pause_s = _FIRST_PAUSE_S if was_well else min(max(_FIRST_PAUSE_S, running.pause_s * 2), _LONGEST_PAUSE_S)
        running.due = now + running.pause_s
        log.error(
            "died and is started again",
            process=running.part.name,
            exit_code=code,
            in_s=running.pause_s,
            restarts=running.restarts,
        )
