"""Copying tables version by version, so that a reader of the copy never sees more or less than a version.

Of each commit the data files go first and the entry of its log last, by a conditional put. The ledger's table goes last of
all: the versions that its newest entry names are there when it is. Nothing is remembered besides: what the copy has says where
to go on.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rtlakehouse.clock import Clock
from rtlakehouse.errors import MirrorError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.mirror.objects import Objects
from rtlakehouse.storage.durable import sync_commits
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.leases import Leases
from rtlakehouse.storage.live import files_at
from rtlakehouse.storage.log import checkpoints, commit_path, log_dir, read_commit

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
        self._entries = self._files = self._bytes = 0

    def update(self) -> Mirrored:
        """Bring the copy to the newest complete batch. Raises MirrorError where the place is another lake's, or fails."""
        self._own()
        self._entries = self._files = self._bytes = 0
        # Of bronze no more than the batch has read: what is above may not be acknowledged yet, and may go with a power cut.
        bronze = max(self._lake.processed(), self._lake.floor("bronze.events"))
        versions = self._lake.vector() | {"bronze.events": bronze}
        lease = self._leases.take(versions, _LEASE)
        try:
            for name in TABLES:  # from bronze to the ledger
                self._update_table(name, versions[name])
        finally:
            self._leases.release(lease)
        return Mirrored(versions, self._entries, self._files, self._bytes)

    def _own(self) -> None:
        """Claim the place for this lake."""
        owner = json.dumps({"lake": self._lake.id}).encode()
        if not self._objects.create(_OWNER, owner) and (found := self._objects.get(_OWNER)) != owner:
            raise MirrorError(f"{self._objects.address} mirrors another lake: {found!r}. Choose another address.")

    def _update_table(self, name: str, version: int) -> None:
        path, folder = self._lake.path(name), _folder(name)
        log = self._objects.names(f"{folder}/_delta_log")
        there = max((int(n[:20]) for n in log if n[:20].isdigit()), default=-1)
        self._require_same(path, folder, there, version)
        if there < version and (newest := read_commit(path, version)) is not None:
            sync_commits(path, there, newest)  # what a power cut takes back here would stay there
        start = there + 1
        if not commit_path(path, start).exists() and start <= version:
            start = self._begin_at_checkpoint(path, folder, start, version) + 1
        live = files_at(path, version)[1] if start <= version else {}
        for number in range(start, version + 1):
            self._copy_commit(path, folder, number, live)
        self._copy_checkpoint(path, folder, version, log)

    def _require_same(self, path: Path, folder: str, there: int, version: int) -> None:
        """The copy must have the same history, as far as it goes."""
        if there > version:
            raise MirrorError(
                f"{self._objects.address}/{folder} is at version {there}, and the lake at {version}: the lake was put back."
                " Mirror it to another address."
            )
        local = commit_path(path, there)
        copied = self._objects.get(_entry(folder, there)) if local.exists() else None
        if copied is not None and copied != local.read_bytes():
            raise MirrorError(
                f"{self._objects.address}/{folder} has another version {there} than the lake. Mirror it to another address."
            )

    def _begin_at_checkpoint(self, path: Path, folder: str, start: int, version: int) -> int:
        """Copy the files of the newest checkpoint, where the entries before it were cleaned away; its version."""
        checkpoint = max((number for number in checkpoints(path) if start <= number <= version), default=None)
        if checkpoint is None:
            raise MirrorError(f"The log of {path} lacks version {start}, and there is no checkpoint after it. Run `rtl doctor`.")
        for file in files_at(path, checkpoint)[1]:
            self._put_file(path, folder, file)
        self._put_checkpoint(path, folder, checkpoint)
        return checkpoint

    def _copy_commit(self, path: Path, folder: str, version: int, live: Collection[str]) -> None:
        commit = read_commit(path, version)
        if commit is None:
            raise MirrorError(f"Version {version} of {path} was cleaned away while it was copied. Start again.")
        for file in commit.adds:
            # What vacuum has removed is part of no version that is kept.
            if (path / file.path).exists() or file.path in live:
                self._put_file(path, folder, file.path)
        self._create_entry(folder, version, commit_path(path, version).read_bytes())

    def _create_entry(self, folder: str, version: int, content: bytes) -> None:
        if not self._objects.create(_entry(folder, version), content) and self._objects.get(_entry(folder, version)) != content:
            raise MirrorError(f"Somebody else wrote version {version} of {self._objects.address}/{folder}. Use another address.")
        self._entries += 1

    def _put_file(self, path: Path, folder: str, file: str) -> None:
        self._objects.put(f"{folder}/{file}", path / file)
        self._files += 1
        self._bytes += (path / file).stat().st_size

    def _copy_checkpoint(self, path: Path, folder: str, version: int, log: set[str]) -> None:
        """The newest checkpoint, so that readers need not read the log from its beginning."""
        number = max((number for number in checkpoints(path) if number <= version), default=None)
        if number is not None and f"{number:020d}.checkpoint.parquet" not in log:
            self._put_checkpoint(path, folder, number)

    def _put_checkpoint(self, path: Path, folder: str, version: int) -> None:
        file = log_dir(path) / f"{version:020d}.checkpoint.parquet"
        self._objects.put(f"{folder}/_delta_log/{file.name}", file)
        pointer = log_dir(path) / "_last_checkpoint"
        content = pointer.read_bytes()
        if json.loads(content)["version"] == version:
            self._objects.put(f"{folder}/_delta_log/{pointer.name}", content)


def _folder(table: str) -> str:
    return f"{TABLES[table].layer}/{TABLES[table].short_name}"


def _entry(folder: str, version: int) -> str:
    return f"{folder}/_delta_log/{version:020d}.json"
