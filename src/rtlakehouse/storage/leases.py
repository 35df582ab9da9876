"""Leases: a reader says which table versions it is using, and vacuum leaves their files alone.

A lease is a small file `<lake>/_rtl/leases/<id>.json` with a version vector and an expiry. A reader that dies leaves one
behind; it expires by itself.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from rtlakehouse.clock import Clock
from rtlakehouse.storage.durable import write_atomically

__all__ = ["Lease", "Leases"]


@dataclass(frozen=True)
class Lease:
    """The versions a reader holds, and until when."""

    id: str
    versions: Mapping[str, int]
    expires: datetime


class Leases:
    """The leases of a lake."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def take(self, versions: Mapping[str, int], length: timedelta) -> Lease:
        """Hold these versions for `length`; take a new one before it ends, then `release` this one."""
        lease = Lease(uuid.uuid4().hex, dict(versions), self._clock.now() + length)
        self.hold(lease.id, versions, length)
        return lease

    def hold(self, name: str, versions: Mapping[str, int], length: timedelta) -> None:
        """As `take`, in place of what was held under this name."""
        document = {"versions": dict(versions), "expires": (self._clock.now() + length).isoformat()}
        write_atomically(self._folder / f"{name}.json", json.dumps(document).encode())

    def release(self, lease: Lease) -> None:
        (self._folder / f"{lease.id}.json").unlink(missing_ok=True)

    def active(self) -> list[Lease]:
        """The leases in force; expired ones are removed on the way."""
        found = []
        for path in self._folder.glob("*.json"):
            lease = self._read(path)
            if lease is not None and lease.expires > self._clock.now():
                found.append(lease)
            elif lease is not None:
                path.unlink(missing_ok=True)
        return found

    def oldest(self, table: str) -> int | None:
        """The oldest version of a table that a reader holds."""
        return min((lease.versions[table] for lease in self.active() if table in lease.versions), default=None)

    @staticmethod
    def _read(path: Path) -> Lease | None:
        try:
            document = json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        return Lease(path.stem, document["versions"], datetime.fromisoformat(document["expires"]))
