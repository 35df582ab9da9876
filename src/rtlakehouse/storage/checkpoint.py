"""The checkpoint of a streaming query of Spark: what it says, whether it fits the lake, and how large it is. It is disposable.

Where reading goes on is in the tables. A checkpoint that says anything else is begun anew: that of another lake or topic, one
that is further or not as far as the lake (a backup was put back, another client has read on), or one cut off by a crash.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rtlakehouse.errors import CorruptionError
from rtlakehouse.storage.durable import write_atomically
from rtlakehouse.storage.lake import Lake

__all__ = ["Checkpoint"]


@dataclass(frozen=True)
class Checkpoint:
    """The one of a lake's query."""

    folder: Path

    @classmethod
    def of(cls, lake: Lake) -> Checkpoint:
        return cls(lake.control / "spark" / "checkpoint")

    def begin(self, owner: Mapping[str, str], topic: str, positions: Mapping[int, int]) -> bool:
        """Make it ready for a query of this owner that goes on at these positions of a topic.

        Returns whether it is the old one. owner: the lake and what is read, by their ids.
        """
        if self._fits(owner, topic, positions):
            return True
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        write_atomically(self._note, json.dumps(owner).encode())
        return False

    def ends(self, batch: int, topic: str) -> dict[int, int]:
        """The position after the last one of a batch, by partition. Raises CorruptionError where it does not say."""
        path = self.folder / "offsets" / str(batch)
        try:
            # A line each: the version of the format, the time, the offsets of the one source.
            said = json.loads(path.read_bytes().splitlines()[-1])[topic]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise CorruptionError(
                f"{path} does not say where its batch ends ({error}). Start again: it is begun anew."
            ) from error
        return {int(partition): position for partition, position in said.items()}

    @property
    def size_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    @property
    def made(self) -> datetime | None:
        """When it was begun; None where there is none."""
        return datetime.fromtimestamp(self._note.stat().st_mtime, UTC) if self._note.exists() else None

    @property
    def _note(self) -> Path:
        return self.folder / "owner.json"

    def _fits(self, owner: Mapping[str, str], topic: str, positions: Mapping[int, int]) -> bool:
        try:
            if json.loads(self._note.read_bytes()) != owner:
                return False
            batch = max(int(path.name) for path in (self.folder / "offsets").iterdir() if path.name.isdigit())
            return (self.folder / "commits" / str(batch)).exists() and self.ends(batch, topic) == positions
        except (OSError, ValueError, CorruptionError):
            return False
