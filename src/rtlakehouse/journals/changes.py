"""From when on a gold table has changed since it was last looked at, by the bounds of its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import DataFile

__all__ = ["Files", "files_then", "first_change"]

Files = Mapping[str, Mapping[str, DataFile]]
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def first_change(before: Files | None, after: Files) -> datetime | None:
    """The first window that may have other rows, by the files that came and went; None where none did."""
    changed = [file for name, files in after.items() for file in _apart((before or {}).get(name, {}), files)]
    return min((file.lowest.get("window_start", _EARLIEST).astimezone(UTC) for file in changed if file.rows), default=None)


def files_then(lake: Lake, versions: Mapping[str, int]) -> Files | None:
    """The files of these versions, or of earlier ones that are still kept; None where nothing as early is."""
    found = {}
    for table, version in versions.items():
        kept = [each for each in lake.versions(table) if each <= version]
        if not kept:
            return None
        found[table] = lake.files(table, kept[-1])
    return found


def _apart(one: Mapping[str, DataFile], other: Mapping[str, DataFile]) -> Iterable[DataFile]:
    return [{**one, **other}[path] for path in one.keys() ^ other.keys()]
