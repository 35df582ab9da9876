"""How the engine of a lake gets on: what it says of its last batch, for whoever shows it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rtlakehouse.storage.durable import write_whole
from rtlakehouse.storage.lake import Lake

__all__ = ["Progress", "read_progress", "write_progress"]


class Progress(msgspec.Struct, frozen=True):
    """Of the engine's last batch.

    batch: the bronze version up to which it went. received: records in it. input_per_s: records that came in for each second
    since the batch before; processed_per_s: for each second of the batch's work. stage_seconds: the time of each stage.
    waiting: records in bronze that are in no batch yet. trigger_s: how often the engine looks for new ones.
    """

    engine: str
    at: str
    batch: int
    received: int
    input_per_s: float
    processed_per_s: float
    stage_seconds: dict[str, float]
    waiting: int
    trigger_s: float


def write_progress(lake: Lake, progress: Progress) -> None:
    """Replace what was said before. The next batch says it anew."""
    write_whole(_path(lake), msgspec.json.encode(progress))


def read_progress(lake: Lake) -> Progress | None:
    """What an engine said last; None where none has said anything yet."""
    try:
        return msgspec.json.decode(_path(lake).read_bytes(), type=Progress)
    except FileNotFoundError:
        return None


def _path(lake: Lake) -> Path:
    return lake.control / "progress.json"
