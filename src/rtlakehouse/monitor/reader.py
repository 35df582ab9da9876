"""What the page knows: answers of the API, each asked for no oftener than it needs, and kept while the API is away."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rtlakehouse.client import Client, Figures
from rtlakehouse.clock import Clock
from rtlakehouse.errors import RtlError

__all__ = ["Note", "Read", "Reader"]

# With what is asked every two seconds: about 36 reads a minute, of the 60 that an address may ask without a key.
_EVERY_S = {
    "/health": 1.5,
    "/version": 60,
    "/whoami": 30,
    "/pipeline/latency": 12,
    "/pipeline/batches": 10,
    "/ledger/balance": 15,
    "/quarantine/summary": 30,
    "/maintenance": 30,
    "/maintenance/retention": 60,
    "/jobs": 10,
    "/alerts": 15,
}
_FIGURES_S = 1.5
# An hour of figures, one every two seconds.
_COURSE = 1_800
_NOTES = 100


@dataclass(frozen=True)
class Read:
    """The last answer, None before the first, and when it came. error: why the newest attempt had none; empty where it had."""

    found: Any = None
    at: datetime | None = None
    error: str = ""


@dataclass(frozen=True)
class Note:
    """Something that went wrong, or was well again, while somebody looked."""

    at: datetime
    what: str


class Reader:
    """Asks one API with one key, for all who look at the page. Thread-safe."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self.client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], Read] = {}
        self._tried: dict[tuple[str, str], float] = {}
        self._standing: dict[str, str] = {}
        self.course: deque[tuple[datetime, Figures]] = deque(maxlen=_COURSE)
        self.notes: deque[Note] = deque(maxlen=_NOTES)

    def get(self, path: str, **parameters: Any) -> Read:
        """The document at a path; what is kept, where it was asked for a moment ago."""
        question = (path, repr(parameters))
        return self._read(question, _EVERY_S[path], lambda: self.client.get(path, **parameters).data)

    def figures(self) -> Read:
        """What `/metrics` says; each answer becomes a point of the course."""
        read = self._read(("/metrics", ""), _FIGURES_S, self.client.figures)
        with self._lock:
            if read.at and not read.error and (not self.course or self.course[-1][0] < read.at):
                self.course.append((read.at, read.found))
        return read

    def forget(self, path: str) -> None:
        """Have this path asked anew: something was done that changes its answer."""
        with self._lock:
            self._tried = {question: at for question, at in self._tried.items() if question[0] != path}

    def note(self, subject: str, standing: str, what: str) -> None:
        """Write down what is new of a subject; nothing where it stands as before, or is well when first seen."""
        with self._lock:
            before = self._standing.get(subject, "ok")
            self._standing[subject] = standing
            if before != standing:
                self.notes.appendleft(Note(self._clock.now(), what))

    def _read(self, question: tuple[str, str], every_s: float, ask: Callable[[], Any]) -> Read:
        with self._lock:
            kept = self._kept.get(question, Read())
            if self._clock.monotonic() - self._tried.get(question, float("-inf")) < every_s:
                return kept
            try:
                read = Read(ask(), self._clock.now())
            except RtlError as error:
                read = replace(kept, error=str(error))
            self._tried[question] = self._clock.monotonic()
            self._kept[question] = read
            return read
