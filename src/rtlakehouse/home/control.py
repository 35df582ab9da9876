"""The control files of a lake that belong to its history, as one object of the home for each holder of the lease.

A holder that was only slow writes its own object, which nobody reads any more: the one of the highest epoch counts.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from rtlakehouse.mirror import Objects
from rtlakehouse.storage.durable import write_atomically

__all__ = ["REWRITE", "Control", "read_control", "write_control"]

_FOLDER = "_rtl/control"
# Where the past begins since somebody was erased, what Kafka lost, which engine the lake is of, and pauses; and certificates.
_FILES = ("erased.json", "gaps.jsonl", "engine.json", "paused.json", "erasures/*")
REWRITE = "rewrite.json"
_UNDER_WAY = (REWRITE, "paused.json")


class Control:
    """What a holder says of the control files. An unfinished change of several tables is said apart: see `Upload`."""

    def __init__(self, folder: Path, objects: Objects, epoch: int) -> None:
        self._folder = folder
        self._objects = objects
        self._path = f"{_FOLDER}/{epoch:020d}.json"
        self._said: dict[str, bytes] | None = None

    def update(self, rewrite: bytes | None = None) -> None:
        """Write them where they have changed. rewrite: the change of several tables that is about to be uploaded."""
        found = {path.relative_to(self._folder).as_posix(): path for name in _FILES for path in self._folder.glob(name)}
        files = {name: path.read_bytes() for name, path in found.items() if path.is_file()}
        if rewrite is not None:
            files[REWRITE] = rewrite
        if files != self._said:
            self._objects.put(self._path, msgspec.json.encode(files))
            self._said = files


def read_control(objects: Objects) -> dict[str, bytes]:
    """What the last holder said."""
    newest = max(objects.names(_FOLDER), default=None)
    content = None if newest is None else objects.get(f"{_FOLDER}/{newest}")
    return {} if content is None else msgspec.json.decode(content, type=dict[str, bytes])


def write_control(folder: Path, files: dict[str, bytes]) -> None:
    """Put them in place of those that are there. What is under way here and not there was overtaken."""
    for name in _UNDER_WAY:
        if name not in files:
            (folder / name).unlink(missing_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
