"""Closing every table's log in a lake's home to a holder that is gone, or was only slow.

A process that was stopped between a look at its lease and a write would write on when it wakes. Entries are written by a
conditional put at their version, so an entry of the successor's at that version keeps it out for good.
"""

from __future__ import annotations

import json

import msgspec

from rtlakehouse.clock import Clock
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.mirror import Objects, entry, folder_of, versions_in
from rtlakehouse.storage.log import METADATA_KEY

__all__ = ["fence"]


def fence(objects: Objects, epoch: int, clock: Clock) -> None:
    """Add a version without rows to every table there, from bronze to the ledger. What comes in before it counts."""
    for table in TABLES:
        folder = folder_of(table)
        newest = max(versions_in(objects.names(f"{folder}/_delta_log")), default=-1)
        while newest >= 0 and not objects.create(entry(folder, newest + 1), _entry(epoch, clock)):
            newest += 1


def _entry(epoch: int, clock: Clock) -> bytes:
    info = {
        "timestamp": int(clock.now().timestamp() * 1000),
        "operation": "FENCE",
        "operationParameters": {},
        "isBlindAppend": True,
        "engineInfo": "rtlakehouse",
        METADATA_KEY: json.dumps({"epoch": epoch}),
    }
    return msgspec.json.encode({"commitInfo": info})
