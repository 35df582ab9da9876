"""Where the past of each table begins since somebody was erased: a note in the lake, which all who read old versions look at.

An erasure deletes the files of every version before it. What a process still has in memory of them must not be told either, so
a version is asked for here first.
"""

from __future__ import annotations

import json
from pathlib import Path

from rtlakehouse.storage.durable import write_atomically

__all__ = ["floors", "raise_floor"]


def floors(control: Path) -> dict[str, int]:
    """The first version of each table that may be read; a table that is not named has none. control: of the lake."""
    try:
        found: dict[str, int] = json.loads(_path(control).read_bytes())
    except FileNotFoundError:
        return {}
    return found


def raise_floor(control: Path, table: str, version: int) -> None:
    """Let nobody read versions of a table before this one any more. Survives a power cut."""
    found = floors(control)
    write_atomically(_path(control), json.dumps(found | {table: max(version, found.get(table, 0))}).encode())


def _path(control: Path) -> Path:
    return control / "erased.json"
