"""What the upload to a lake's home says of itself to other processes: `<lake>/_rtl/home.json`."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import msgspec

from rtlakehouse.errors import SourceError
from rtlakehouse.storage.durable import write_whole

__all__ = ["HomeStatus", "await_home", "behind_s", "read_status", "write_status"]

_LOOK_S = 0.005
_PATIENCE = timedelta(seconds=30)


class HomeStatus(msgspec.Struct, frozen=True):
    """address: of the home. versions: of each table there. behind_since: when the oldest commit was seen that is not there
    (seconds of the epoch); None where all are. trouble: why not, empty while the store answers."""

    address: str
    versions: dict[str, int]
    behind_since: float | None = None
    trouble: str = ""


def write_status(control: Path, status: HomeStatus) -> None:
    """Replace what was said before."""
    write_whole(_path(control), msgspec.json.encode(status))


def read_status(control: Path) -> HomeStatus | None:
    """What was said last; None for a lake that has no home."""
    try:
        return msgspec.json.decode(_path(control).read_bytes(), type=HomeStatus)
    except FileNotFoundError:
        return None


def behind_s(status: HomeStatus) -> float:
    """For how many seconds there has been a commit that is not in the home; 0 where there is none."""
    return 0.0 if status.behind_since is None else max(0.0, time.time() - status.behind_since)


def await_home(control: Path, bronze: int, patience: timedelta = _PATIENCE) -> None:
    """Return once the home has this version of bronze. Raises SourceError where it has not in time."""
    deadline = time.monotonic() + patience.total_seconds()
    while (status := read_status(control)) is None or status.versions["bronze.events"] < bronze:
        if time.monotonic() >= deadline:
            why = "nothing uploads to one" if status is None else status.trouble or "the upload is behind"
            raise SourceError(
                f"What was posted is stored here, but not in the lake's home: {why}. Post it again: it counts once."
            )
        time.sleep(_LOOK_S)


def _path(control: Path) -> Path:
    return control / "home.json"
