"""What the writer of the journals says of itself to other processes: `<lake>/_rtl/journals.json`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from rtlakehouse.storage.durable import write_whole
from rtlakehouse.storage.lake import Lake

__all__ = ["JournalStatus", "read_statuses", "write_status"]


class JournalStatus(msgspec.Struct, frozen=True):
    """Of one journal. at: when it was last looked after. through: up to when it tells of what is final; None where of nothing
    yet. seconds: how long that took. trouble: why nothing could be told, empty where it could."""

    at: datetime
    through: datetime | None
    seconds: float
    trouble: str = ""


def write_status(lake: Lake, table: str, status: JournalStatus) -> None:
    """Replace what was said of this journal before."""
    write_whole(_path(lake), msgspec.json.encode({**read_statuses(lake), table: status}))


def read_statuses(lake: Lake) -> dict[str, JournalStatus]:
    """What was said last of each journal; nothing where none was ever looked after."""
    try:
        return msgspec.json.decode(_path(lake).read_bytes(), type=dict[str, JournalStatus])
    except FileNotFoundError:
        return {}


def _path(lake: Lake) -> Path:
    return lake.control / "journals.json"
