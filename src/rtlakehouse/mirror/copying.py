"""Copying tables version by version, so that a reader of the copy never sees more or less than a version.

Of each commit the data files go first and the entry of its log last, by a conditional put. The ledger's table goes last of
all: the versions that its newest entry names are there when it is. Nothing is remembered besides: what the copy has says where
to go on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from rtlakehouse.clock import Clock
from rtlakehouse.errors import DivergedError, MirrorError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.mirror.objects import Objects
from rtlakehouse.mirror.table_copy import TableCopy, folder_of
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.leases import Leases

__all__ = ["Mirror", "Mirrored"]

_OWNER = "_rtl/mirror.json"
# Files of the versions that are copied stay this long; a pass that takes longer finds some gone, says so, and is begun again.
_LEASE = timedelta(hours=6)


@dataclass(frozen=True)
class Mirrored:
    """What a pass has copied: the version that each table is at now, entries of logs, data files, and their bytes."""

    versions: Mapping[str, int]
    entries: int = 0
    files: int = 0
    size_bytes: int = 0


class Mirror:
    """The copy of a lake at one place."""

    def __init__(self, lake: Lake, objects: Objects, clock: Clock) -> None:
        self._lake = lake
        self._objects = objects
        self._leases = Leases(lake.control / "leases", clock)

    def update(self) -> Mirrored:
        """Bring the copy to the newest complete batch. Raises MirrorError where the place is another lake's, or fails."""
        self._own()
        # Of bronze no more than the batch has read: what is above may not be acknowledged yet, and may go with a power cut.
        bronze = max(self._lake.processed(), self._lake.floor("bronze.events"))
        versions = self._lake.vector() | {"bronze.events": bronze}
        lease = self._leases.take(versions, _LEASE)
        try:
            copies = [self._updated(name, versions[name]) for name in TABLES]  # from bronze to the ledger
        finally:
            self._leases.release(lease)
        counted = ([copy.entries, copy.files, copy.size_bytes] for copy in copies)
        return Mirrored(versions, *(sum(column) for column in zip(*counted, strict=True)))

    def _own(self) -> None:
        """Claim the place for this lake."""
        owner = json.dumps({"lake": self._lake.id}).encode()
        if not self._objects.create(_OWNER, owner) and (found := self._objects.get(_OWNER)) != owner:
            raise MirrorError(f"{self._objects.address} mirrors another lake: {found!r}. Choose another address.")

    def _updated(self, name: str, version: int) -> TableCopy:
        copy = TableCopy(name, self._lake.path(name), self._objects)
        copy.look()
        if copy.at > version:
            raise DivergedError(
                f"{self._objects.address}/{folder_of(name)} is at version {copy.at}, and the lake at {version}: the lake was put"
                " back. Mirror it to another address."
            )
        copy.advance(version)
        copy.copy_checkpoint()
        return copy
