"""Parquet snapshots of gold: plain files for tools that know nothing of Delta, published whole or not at all.

`<lake>/snapshots/<time>/` holds one Parquet file a gold table and `manifest.json`: table versions, row counts, sizes, hashes.
The folder is written beside its place and renamed into it; `latest` is a link to the newest.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.errors import NotFoundError
from rtlakehouse.failpoints import failpoint
from rtlakehouse.medallion.graph import GOLD
from rtlakehouse.storage.durable import sync_paths
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.seals import hash_file

__all__ = ["MANIFEST", "Snapshots", "Written", "file_of", "manifest_of", "published"]

MANIFEST = "manifest.json"
_FOLDER = "snapshots"
_UNFINISHED = ".unfinished"
_LOOK_EVERY = timedelta(seconds=10)


@dataclass(frozen=True)
class Written:
    """A published snapshot: its folder and its manifest."""

    folder: Path
    manifest: dict[str, Any]


class Snapshots:
    """Writes and prunes the snapshots of a lake. One process at a time: the holder of the engine lock.

    every: how old the newest may become before `write_if_due` writes another; zero never. keep: how many are kept.
    """

    def __init__(self, lake: Lake, clock: Clock, every: timedelta, keep: int) -> None:
        self._lake = lake
        self._clock = clock
        self._every = every
        self._keep = keep
        self._folder = lake.root / _FOLDER

    @property
    def look_every(self) -> timedelta:
        """How often to ask whether one is due."""
        return min(self._every or _LOOK_EVERY, _LOOK_EVERY)

    def write_if_due(self) -> Written | None:
        """Write one when the newest is older than `every` and gold has changed since."""
        newest = max((datetime.fromisoformat(m["written_at"]) for m in self.manifests()), default=None)
        if not self._every or (newest is not None and self._clock.now() - newest < self._every):
            return None
        versions = self._versions()
        if not any(versions.values()) or any(manifest["versions"] == versions for manifest in self.manifests()):
            return None
        return self.write()

    def write(self) -> Written:
        """Write and publish a snapshot of gold after the newest complete batch, and prune the oldest."""
        now = self._clock.now()
        name = now.strftime("%Y%m%dT%H%M%S.%fZ")
        unfinished = self._folder / f"{name}{_UNFINISHED}"
        unfinished.mkdir(parents=True)
        manifest = {"written_at": isoformat(now), **self._write_tables(unfinished)}
        (unfinished / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
        sync_paths([*unfinished.iterdir(), unfinished])
        failpoint("before_snapshot_publish")
        published = self._folder / name
        unfinished.rename(published)
        self._link(name)
        failpoint("after_snapshot_publish")
        self._prune(self._keep)
        return Written(published, manifest)

    def renew(self) -> int:
        """Put one of gold as it is now in the place of all that are published, where any are; how many they were."""
        before = len(self.manifests())
        if before:
            self.write()
        self._prune(1)
        return before

    def manifests(self) -> list[dict[str, Any]]:
        """As `published`."""
        return published(self._lake)

    def _write_tables(self, folder: Path) -> dict[str, Any]:
        versions, files = self._versions(), {}
        for table in GOLD:
            data = self._lake.read(table.name, versions[table.name]).sort_by([(key, "ascending") for key in table.key])
            path = folder / f"{table.short_name}.parquet"
            pq.write_table(data, path, compression="zstd")
            seal = hash_file(path)
            files[path.name] = {"rows": data.num_rows, "bytes": seal.size_bytes, "blake2b": seal.blake2b}
        return {"versions": versions, "files": files}

    def _versions(self) -> dict[str, int]:
        """Of gold, such as belong together: batches go on meanwhile."""
        vector = self._lake.vector()
        return {table.name: vector[table.name] for table in GOLD}

    def _link(self, name: str) -> None:
        temporary = self._folder / f".latest.{os.getpid()}"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(name)
        temporary.replace(self._folder / "latest")
        sync_paths([self._folder])

    def _prune(self, keep: int) -> None:
        """Remove the oldest. Each goes out of sight first: a crash in the middle must not leave half of one."""
        for folder in _folders(self._lake)[:-keep]:
            folder.rename(folder.with_name(f"{folder.name}{_UNFINISHED}"))
        for folder in self._folder.glob(f"*{_UNFINISHED}"):
            shutil.rmtree(folder)


def published(lake: Lake) -> list[dict[str, Any]]:
    """The manifests of the published snapshots of a lake, oldest first, each with its `name`."""
    found = []
    for folder in _folders(lake):
        # It may be pruned while this looks.
        with contextlib.suppress(FileNotFoundError):
            found.append({"name": folder.name, **json.loads((folder / MANIFEST).read_text("utf-8"))})
    return found


def manifest_of(lake: Lake, snapshot: str) -> dict[str, Any]:
    """The manifest of a published snapshot. Raises NotFoundError."""
    found = next((manifest for manifest in published(lake) if manifest["name"] == snapshot), None)
    if found is None:
        raise NotFoundError(f"There is no snapshot {snapshot!r}; GET /api/v1/snapshots lists those there are.")
    return found


def file_of(lake: Lake, snapshot: str, file: str) -> Path:
    """Where a file of a published snapshot is. Names are looked up, never put into a path. Raises NotFoundError."""
    manifest = manifest_of(lake, snapshot)
    if file not in manifest["files"]:
        raise NotFoundError(f"The snapshot has no file {file!r}. It has {', '.join(manifest['files'])}.")
    return Path(lake.root / _FOLDER / manifest["name"] / file)


def _folders(lake: Lake) -> list[Path]:
    folder = lake.root / _FOLDER
    if not folder.is_dir():
        return []
    return sorted(f for f in folder.iterdir() if f.is_dir() and not f.is_symlink() and f.suffix != _UNFINISHED)
