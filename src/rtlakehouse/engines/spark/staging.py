"""Files of a commit: first beside the tables, then moved to where the table's log will name them."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rtlakehouse.engines.commits import Add
from rtlakehouse.storage.commit import TableWriter
from rtlakehouse.storage.durable import writing
from rtlakehouse.storage.log import Commit

__all__ = ["Staging", "adding", "moved"]


class Staging:
    """A folder of the lake's own disk. What is in it when an engine starts was left there by one that was killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def room(self, *names: str) -> Iterator[Path]:
        """A new folder with folders of these names. What is left in it at the end, as by tasks that failed, is removed."""
        room = self._folder / uuid.uuid4().hex
        with writing("What Spark sets aside"):
            room.mkdir(parents=True)
            for name in names:
                (room / name).mkdir()
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)


def moved(paths: Sequence[Path], folder: Path, table: Path) -> list[Path]:
    """Move files that are below a folder to the same places below a table's, which knows nothing of them yet."""
    places = [table / path.relative_to(folder) for path in paths]
    for path, place in zip(paths, places, strict=True):
        place.parent.mkdir(exist_ok=True)
        path.rename(place)
    return places


def adding(paths: Sequence[Path], folder: Path) -> Add:
    """What moves these files to a table, and adds them in a commit; see `moved`."""

    def add(writer: TableWriter, progress: Mapping[str, int], metadata: Mapping[str, Any]) -> Commit:
        with writing(writer.definition.name):
            places = moved(paths, folder, writer.path)
        return writer.adopt(places, progress, metadata)

    return add
