"""The supervisor of `rtl up`: starts the parts as processes, restarts what dies, stops all of them cleanly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import structlog

from rtlakehouse.clock import Clock
from rtlakehouse.stack.session import STOP_S, Child, Session, end
from rtlakehouse.stopping import Stop

__all__ = ["Part", "Supervisor"]

log = structlog.get_logger(__name__)

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
        self.child: Child | None = None
        self.started = 0.0
        self.restarts = 0
        self.pause_s = 0.0
        self.due = 0.0


class Supervisor:
    """Keeps parts running until `stop`, and no longer than it lives itself, whatever ends it.

    Their output is one stream, as they write it: every line names its part.
    nice: how far all of them together give way to other programs, 0 to 19.
    """

    def __init__(
        self, parts: Sequence[Part], clock: Clock, environment: Mapping[str, str], nice: int, output: IO[bytes] | None = None
    ) -> None:
        self._running = [_Running(part) for part in parts]
        self._clock = clock
        self._environment = environment
        self._stop = Stop()
        self._session = Session(nice, output)

    def pids(self) -> dict[str, int]:
        """Process id by part, of those that run now."""
        # Each is looked at once: `watch` may take it away in between.
        found = {running.part.name: running.child for running in self._running}
        return {name: child.pid for name, child in found.items() if child is not None and child.code is None}

    def start(self) -> None:
        for running in self._running:
            self._start(running)

    def watch(self) -> int:
        """Restart what dies, until `stop`; the exit code: 0, or a part's when starting it again would not help.

        Raises RtlError when parts can no longer be started.
        """
        while not self._stop.wait(0.1):
            self._session.check()
            for running in self._running:
                if running.child is None and self._clock.monotonic() >= running.due:
                    self._start(running)
                elif running.child is not None and (code := running.child.code) is not None:
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
            child = running.child
            if child is not None and child.code is None and not end(child.pid):
                log.warning("did not stop in time and was killed", process=running.part.name, after_s=STOP_S)
        self._session.close()

    def _start(self, running: _Running) -> None:
        running.started = self._clock.monotonic()
        running.child = self._session.start(running.part.command, {**self._environment, **running.part.environment})

    def _died(self, running: _Running, code: int) -> None:
        now = self._clock.monotonic()
        running.child = None
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
