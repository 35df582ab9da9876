"""A pause of the engine: a note in the lake, so that it holds for whichever process is the engine, and over restarts."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rtlakehouse.storage.durable import sync_paths, write_atomically
from rtlakehouse.storage.lake import Lake

__all__ = ["Pause", "is_paused", "pause", "read_pause", "resume"]


class Pause(msgspec.Struct, frozen=True):
    """Since when (RFC 3339), by whom, and why."""

    at: str
    by: str
    why: str


def pause(lake: Lake, wanted: Pause) -> Pause:
    """Have the engine take no further batch. Returns the pause in force: an earlier one stays as it is. Survives a power cut."""
    if (present := read_pause(lake)) is not None:
        return present
    write_atomically(_path(lake), msgspec.json.encode(wanted))
    return wanted


def resume(lake: Lake) -> Pause | None:
    """Have the engine go on. Returns the pause that ended; None where there was none."""
    ended = read_pause(lake)
    _path(lake).unlink(missing_ok=True)
    sync_paths([lake.control])
    return ended


def read_pause(lake: Lake) -> Pause | None:
    """The pause in force; None where there is none."""
    try:
        return msgspec.json.decode(_path(lake).read_bytes(), type=Pause)
    except FileNotFoundError:
        return None


def is_paused(lake: Lake) -> bool:
    """As `read_pause`, for every turn of an engine: one look whether a file is there."""
    return _path(lake).exists()


def _path(lake: Lake) -> Path:
    return lake.control / "paused.json"
