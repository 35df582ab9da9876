"""One table's copy in an object store, taken further version by version: data files first, the entry of the log last."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from rtlakehouse.errors import DivergedError, MirrorError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.mirror.objects import Objects
from rtlakehouse.storage.durable import sync_commits
from rtlakehouse.storage.live import files_at
from rtlakehouse.storage.log import Commit, checkpoints, commit_path, follow, log_dir, read_commit

__all__ = ["TableCopy", "entry", "folder_of", "is_same", "versions_in"]


class TableCopy:
    """The copy of the table at `path`. at: its newest version, once looked at; -1 for none.

    entries, files, size_bytes: what was copied so far.
    """

    def __init__(self, table: str, path: Path, objects: Objects) -> None:
        self._path = path
        self._objects = objects
        self._folder = folder_of(table)
        self._checkpoints: set[int] = set()
        self._ahead: set[str] = set()
        self.at = -1
        self.entries = self.files = self.size_bytes = 0

    def look(self, floor: int = 0) -> None:
        """See what is there. Raises DivergedError where it has another history than the table, as far as both go.

        floor: since a user was erased the table begins here, and earlier entries tell less than they did; see `is_same`.
        """
        log = self._objects.names(f"{self._folder}/_delta_log")
        self.at = max(versions_in(log), default=-1)
        self._checkpoints = {int(name[:20]) for name in log if name.endswith(".checkpoint.parquet")}
        local = commit_path(self._path, self.at)
        copied = self._objects.get(entry(self._folder, self.at)) if local.exists() else None
        if copied is not None and not is_same(copied, local.read_bytes(), is_scrubbed=self.at < floor):
            raise DivergedError(f"{self._objects.address}/{self._folder} has another version {self.at} than {self._path}.")

    def ahead(self, version: int) -> list[str]:
        """The files that the entries up to a version name and that were not put yet."""
        commits = [commit for commit in follow(self._path, self.at) if commit.version <= version]
        return [file.path for commit in commits for file in commit.adds if file.path not in self._ahead]

    def put_ahead(self, file: str) -> None:
        """Copy a file before the entry that names it, which no reader sees; `advance` does not do it again. From any thread."""
        if (self._path / file).exists():
            self._put_file(file)
        self._ahead.add(file)

    def advance(self, version: int, *, is_durable: bool = False) -> None:
        """Copy what is new up to a version. Raises DivergedError where somebody else wrote one of these versions there.

        is_durable: a durable commit of a later table names this version, so it need not be made durable first.
        """
        if self.at >= version:
            return
        if not is_durable and (newest := read_commit(self._path, version)) is not None:
            sync_commits(self._path, self.at, newest)  # what a power cut takes back here would stay there
        if not commit_path(self._path, self.at + 1).exists():
            self._begin_at_checkpoint(version)
        live = files_at(self._path, version)[1] if self.at < version - 1 else {}
        for number in range(self.at + 1, version + 1):
            self._copy_commit(number, live)
        self._ahead.clear()

    def copy_checkpoint(self) -> None:
        """The newest checkpoint, so that readers need not read the log from its beginning."""
        number = max((number for number in checkpoints(self._path) if number <= self.at), default=None)
        if number is not None and number not in self._checkpoints:
            self._put_checkpoint(number)

    def _begin_at_checkpoint(self, version: int) -> None:
        """Copy the files of the newest checkpoint, where the entries before it were cleaned away."""
        checkpoint = max((number for number in checkpoints(self._path) if self.at < number <= version), default=None)
        if checkpoint is None:
            raise MirrorError(f"The log of {self._path} lacks version {self.at + 1} and a checkpoint after it. Run `rtl doctor`.")
        for file in files_at(self._path, checkpoint)[1]:
            self._put_file(file)
        self._put_checkpoint(checkpoint)
        self.at = checkpoint

    def _copy_commit(self, version: int, live: Collection[str]) -> None:
        commit: Commit | None = read_commit(self._path, version)
        if commit is None:
            raise MirrorError(f"Version {version} of {self._path} was cleaned away while it was copied. Start again.")
        for file in commit.adds:
            if file.path in self._ahead:
                continue
            # What vacuum has removed is part of no version that is kept.
            if (self._path / file.path).exists() or file.path in live:
                self._put_file(file.path)
        self._create_entry(version, commit_path(self._path, version).read_bytes())
        self.at = version

    def _create_entry(self, version: int, content: bytes) -> None:
        path = entry(self._folder, version)
        if not self._objects.create(path, content) and self._objects.get(path) != content:
            raise DivergedError(f"Somebody else wrote version {version} of {self._objects.address}/{self._folder}.")
        self.entries += 1

    def _put_file(self, file: str) -> None:
        self._objects.put(f"{self._folder}/{file}", self._path / file)
        self.files += 1
        self.size_bytes += (self._path / file).stat().st_size

    def _put_checkpoint(self, version: int) -> None:
        file = log_dir(self._path) / f"{version:020d}.checkpoint.parquet"
        self._objects.put(f"{self._folder}/_delta_log/{file.name}", file)
        self._checkpoints.add(version)
        pointer = log_dir(self._path) / "_last_checkpoint"
        content = pointer.read_bytes()
        if json.loads(content)["version"] == version:
            self._objects.put(f"{self._folder}/_delta_log/{pointer.name}", content)


def is_same(copied: bytes, local: bytes, *, is_scrubbed: bool) -> bool:
    """Whether an entry of a copy is the table's. is_scrubbed: an erasure has taken bounds and metadata out of the table's."""
    return copied == local or (is_scrubbed and _made_of(copied) == _made_of(local))


def _made_of(content: bytes) -> list[tuple[str, str, int]]:
    """The files that an entry adds and removes, and the steps of applications: what no erasure takes out."""
    actions = [action for line in content.splitlines() if line.strip() for action in json.loads(line).items()]
    return [
        (kind, said.get("path") or said.get("appId"), said.get("version", 0))
        for kind, said in actions
        if kind in ("add", "remove", "txn")
    ]


def folder_of(table: str) -> str:
    """Where a table is, below the address."""
    return f"{TABLES[table].layer}/{TABLES[table].short_name}"


def entry(folder: str, version: int) -> str:
    return f"{folder}/_delta_log/{version:020d}.json"


def versions_in(names: Collection[str]) -> list[int]:
    """The versions that a log's names lead to: of entries and of checkpoints."""
    return [int(name[:20]) for name in names if name[:20].isdigit()]
