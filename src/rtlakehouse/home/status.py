"""What the upload to a lake's home says of itself to other processes: `<lake>/_rtl/home.json`."""

from __future__ import annotations

from pathlib import Path

import msgspec

__all__ = ["HomeStatus", "read_status", "write_status"]


class HomeStatus(msgspec.Struct, frozen=True):
    """address: of the home. versions: of each table there. behind_since: when the oldest commit was seen that is not there
    (seconds of the epoch); None where all are. trouble: why not, empty while the store answers."""

    address: str
    versions: dict[str, int]
    behind_since: float | None = None
    trouble: str = ""


def write_status(control: Path, status: HomeStatus) -> None:
    """Replace what was said before. It need not survive a power cut."""
    temporary = (path := _path(control)).with_suffix(".tmp")
    temporary.write_bytes(msgspec.json.encode(status))
    temporary.replace(path)


def read_status(control: Path) -> HomeStatus | None:
    """What was said last; None for a lake that has no home."""
    try:
        return msgspec.json.decode(_path(control).read_bytes(), type=HomeStatus)
    except FileNotFoundError:
        return None


def _path(control: Path) -> Path:
    return control / "home.json"
