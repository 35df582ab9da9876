"""The note that a local Kafka leaves in its folder while it runs: where it listens, and which processes it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import msgspec

from rtlakehouse.errors import SourceError

__all__ = ["Coordination", "LocalProcess", "Running", "note_in", "running_in"]


class Coordination(Enum):
    """Who keeps the broker's metadata: Kafka itself, or ZooKeeper, which 3.9 was the last line to work with."""

    KRAFT = "kraft"
    ZOOKEEPER = "zookeeper"

    @property
    def version(self) -> str:
        """The version of Kafka that runs, which is the one that the tests run."""
        return "4.3.1" if self is Coordination.KRAFT else "3.9.2"


@dataclass(frozen=True)
class LocalProcess:
    """A process, told apart by its start from a later one with the same number."""

    pid: int
    started: float


@dataclass(frozen=True)
class Running:
    """A local Kafka as it was started."""

    address: str
    version: str
    coordination: str
    processes: Mapping[str, LocalProcess]


def note_in(folder: Path) -> Path:
    return folder / "running.json"


def running_in(folder: Path) -> Running:
    """What the note in a folder says. Raises SourceError where there is none."""
    try:
        return msgspec.json.decode(note_in(folder).read_bytes(), type=Running)
    except FileNotFoundError:
        raise SourceError(
            f"No local Kafka was started in {folder}. Start one with `rtl kafka start`, or name a broker with --kafka HOST:PORT."
        ) from None
