"""What the last vacuum of a table left besides the newest versions: those that were pinned.

Without pins, all versions from one on are whole, and looking at a few of them finds it. With pins, an old version may be
whole and a later one not, so vacuum writes down since when it deleted nothing and which older versions it kept, in a small
file `<lake>/_rtl/vacuumed/<table>.json` that is there only while a version is pinned.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from rtlakehouse.storage.durable import write_atomically
from rtlakehouse.storage.lake import Lake

__all__ = ["Vacuumed", "nothing_removed", "read_vacuumed", "write_vacuumed"]


class Vacuumed(msgspec.Struct, frozen=True):
    """Files that a version needed at `since` or later are there, and those of the pinned versions."""

    since: datetime
    pinned: tuple[int, ...]


def read_vacuumed(lake: Lake, table: str) -> Vacuumed | None:
    """What the last vacuum left; None where nothing was pinned then."""
    try:
        return msgspec.json.decode(_path(lake, table).read_bytes(), type=Vacuumed)
    except FileNotFoundError:
        return None


def write_vacuumed(lake: Lake, table: str, left: Vacuumed) -> None:
    """Write down what a vacuum is about to leave."""
    path = _path(lake, table)
    if left.pinned:
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, msgspec.json.encode(left))
    else:
        path.unlink(missing_ok=True)


@contextmanager
def nothing_removed(lake: Lake) -> Iterator[None]:
    """Inside the block nobody else vacuums or cleans a log, in any process: what is found whole there and pinned stays so."""
    descriptor = os.open(lake.control / "removal.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _path(lake: Lake, table: str) -> Path:
    return lake.control / "vacuumed" / f"{table}.json"
