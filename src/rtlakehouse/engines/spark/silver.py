"""What silver.events holds, by its exact list of files: those that a batch needs, and no more."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from rtlakehouse.storage.live import LiveFiles
from rtlakehouse.storage.log import DataFile

__all__ = ["SilverFiles"]

_TIME = "event_time"


class SilverFiles:
    """The live files of the table, as of the last `advance`."""

    def __init__(self, table: Path) -> None:
        self._live = LiveFiles(table)

    @property
    def version(self) -> int:
        return self._live.version

    @property
    def paths(self) -> Collection[str]:
        return self._live.files

    def advance(self) -> None:
        """Take over what was committed since."""
        for _ in self._live.advance():
            pass

    def between(self, first: datetime, last: datetime, excluding: frozenset[str]) -> list[DataFile]:
        """Those with events of [first, last]; they may have others, too."""
        return [file for file in self._live.overlapping(_TIME, first, last) if file.path not in excluding]

    def of_windows(self, windows: Sequence[datetime]) -> list[DataFile]:
        """Those with events of these windows, which are in order; they may have others, too."""
        return [file for file in self._live.files.values() if _may_hold(file, windows)]


def _may_hold(file: DataFile, windows: Sequence[datetime]) -> bool:
    if _TIME not in file.lowest:
        return True
    earliest = file.lowest[_TIME].replace(second=0, microsecond=0)
    return bisect_left(windows, earliest) < bisect_right(windows, file.highest[_TIME])
