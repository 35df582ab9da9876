"""Filling a working copy from its lake's home: all of it where there is none, what is new where it is behind.

Of each table the files come first, the entries of its log last. It happens under the lease, with nobody writing there.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec

from rtlakehouse.errors import DivergedError, MirrorError
from rtlakehouse.home.control import REWRITE, read_control, write_control
from rtlakehouse.home.upload import HOME
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.mirror import Objects, entry, folder_of, is_same, versions_in
from rtlakehouse.storage.durable import sync_paths
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.live import files_at
from rtlakehouse.storage.log import Commit, commit_path, log_dir, newest, read_commit
from rtlakehouse.storage.rewrite import Rewrite

__all__ = ["MARK", "Filling"]

# Is in the control folder while a working copy is being filled: it is no lake before it is done.
MARK = "filling"
_THREADS = 8
# Of the entries before the newest checkpoint so many come along: whoever opens a table looks back a few.
_ENTRIES = 100


@dataclass(frozen=True)
class _Table:
    """One table: where, what its log in the home holds, the version that is here (-1: none), and the newest there."""

    name: str
    path: Path
    log: frozenset[str]
    here: int
    there: int

    @property
    def folder(self) -> str:
        return folder_of(self.name)


class Filling:
    """Fills the directory of a lake from one address."""

    def __init__(self, lake: Lake, objects: Objects) -> None:
        self._lake = lake
        self._objects = objects
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="filling")

    def run(self) -> int:
        """Bring it to what the home has; how many commits came. One that is ahead, with the same history, stays as it is.

        Raises DivergedError where what is here and what is there have different histories: nothing was changed then.
        """
        tables = [self._look(name) for name in TABLES]
        owner = self._objects.get(HOME)
        if owner is None:
            return self._without_home(tables)
        for table in tables:
            self._require_same(table, json.loads(owner)["lake"])
        behind = [table for table in tables if table.here < table.there]
        if behind or (self._lake.control / MARK).exists():
            self._fill(behind)
        return sum(table.there - table.here for table in behind)

    def close(self) -> None:
        self._pool.shutdown()

    def _look(self, name: str) -> _Table:
        path = self._lake.path(name)
        log = frozenset(self._objects.names(f"{folder_of(name)}/_delta_log"))
        return _Table(name, path, log, newest(path), max(versions_in(log), default=-1))

    def _without_home(self, tables: list[_Table]) -> int:
        """Nothing is there, or what is was begun from this working copy."""
        if any(table.there >= 0 and table.here < table.there for table in tables):
            raise MirrorError(
                f"{self._objects.address} is no whole lake: its first upload was cut off. Start the lake where that was begun, or"
                " use another address."
            )
        return 0

    def _require_same(self, table: _Table, lake: str) -> None:
        if table.here >= 0 and table.name == BRONZE.name and self._lake.id != lake:
            raise DivergedError(f"{self._objects.address} is the home of another lake than {self._lake.root}. Choose another.")
        common = min(table.here, table.there)
        if common < 0 or not commit_path(table.path, common).exists():
            return
        if not self._is_there(table, common):
            raise DivergedError(self._diverged(table, common))

    def _is_there(self, table: _Table, version: int) -> bool:
        """Whether the entry of a version is the same there, or was cleaned away there."""
        copied = self._objects.get(entry(table.folder, version))
        local = commit_path(table.path, version).read_bytes()
        return copied is None or is_same(copied, local, is_scrubbed=version < self._lake.floor(table.name))

    def _diverged(self, table: _Table, version: int) -> str:
        """What is only here, so that nobody drops it unawares."""
        while version > 0 and commit_path(table.path, version).exists() and not self._is_there(table, version):
            version -= 1
        own = [commit for v in range(version + 1, table.here + 1) if (commit := read_commit(table.path, v))]
        rows = sum(file.rows for commit in own for file in commit.adds if commit.data_change)
        return (
            f"{self._lake.root} has {len(own)} commits of {table.name} ({rows:,} rows) that {self._objects.address} has not, and"
            f" another machine has gone on there after version {version}. Move the folder away and start again: it is filled from"
            " there, and what came from Kafka is read again. What came otherwise is in the moved folder: `rtl read bronze.events"
            " --lake` that folder."
        )

    def _fill(self, tables: list[_Table]) -> None:
        control = self._lake.control
        (control / "seals").mkdir(parents=True, exist_ok=True)
        (control / MARK).touch()
        sync_paths([control])
        files = read_control(self._objects)
        write_control(control, files)
        if REWRITE in files:
            self._fetch_ahead(msgspec.json.decode(files[REWRITE], type=Rewrite))
        starts = self._starts({table.name: table for table in tables})
        for table in tables:  # from bronze to the ledger
            self._fill_table(table, starts[table.name])
        (control / MARK).unlink()
        sync_paths([control])

    def _fetch_ahead(self, rewrite: Rewrite) -> None:
        """The files that a change of several tables is to bring, which the next engine makes whole."""
        wanted = [(exchange.table, path) for exchange in rewrite.exchanges for path in exchange.adds]
        missing = [(table, path) for table, path in wanted if not (self._lake.path(table) / path).exists()]
        for name, path in missing:
            if not self._objects.download(f"{folder_of(name)}/{path}", self._lake.path(name) / path):
                raise MirrorError(f"{self._objects.address}/{folder_of(name)}/{path} is missing. Restore it, or use a backup.")

    def _starts(self, tables: dict[str, _Table]) -> dict[str, int]:
        """The version of each table that comes first: of one that is not here a checkpoint before what the last batch names."""
        named = self._named(tables.get(LEDGER.name))
        found = {}
        for name, table in tables.items():
            upto = min(table.there - _ENTRIES, named.get(name, table.there))
            whole = [int(file[:20]) for file in table.log if file.endswith(".checkpoint.parquet") and int(file[:20]) <= upto]
            first = min((int(file[:20]) for file in table.log if file[20:] == ".json"), default=0)
            begins = max(whole, default=0 if first == 0 else -1)
            if begins < 0:
                begins = min(int(file[:20]) for file in table.log if file.endswith(".checkpoint.parquet"))
            found[name] = begins if table.here < begins else table.here + 1
        return found

    def _named(self, ledger: _Table | None) -> dict[str, int]:
        """The versions that the newest batch in the home names."""
        for version in range(ledger.there if ledger else -1, -1, -1):
            content = self._objects.get(entry(folder_of(LEDGER.name), version))
            if content is None:
                break
            info = json.loads(content.splitlines()[0]).get("commitInfo", {})
            if versions := json.loads(info.get("rtl", "{}")).get("versions"):
                return dict(versions)
        return {}

    def _fill_table(self, table: _Table, start: int) -> None:
        log = log_dir(staging := self._lake.control / "cache" / "filling" / table.folder)
        wanted = sorted(name for name in table.log if name[:20].isdigit() and _is_wanted(name, start, table))
        for _ in self._pool.map(lambda name: self._objects.download(f"{table.folder}/_delta_log/{name}", log / name), wanted):
            pass
        live = files_at(staging, table.there)[1] if table.here < start - 1 or table.here < 0 else {}
        added = _added(staging, start, table.there)
        files = {file.path: file.size_bytes for commit in added for file in commit.adds} | {
            path: file.size_bytes for path, file in live.items()
        }
        gone = {path for commit in added for path in commit.removes}
        fetched = self._pool.map(lambda path: self._fetch(table, path, files[path], path in gone), files)
        present = [path for path in fetched if path]
        folders = {(table.path / path).parent for path in present}
        sync_paths([*(table.path / path for path in present), *folders])
        self._lake.seals(table.name).add(present)
        log_dir(table.path).mkdir(parents=True, exist_ok=True)
        for name in sorted(wanted, key=lambda name: (not name.endswith(".parquet"), name)):
            (log / name).replace(log_dir(table.path) / name)
            sync_paths([log_dir(table.path) / name])
        sync_paths([log_dir(table.path)])

    def _fetch(self, table: _Table, path: str, size_bytes: int, is_gone: bool) -> str | None:
        """Download a data file where it is not here yet; None for one that a later version has removed and nobody has."""
        here = table.path / path
        if here.exists() and here.stat().st_size == size_bytes:
            return path
        if self._objects.download(f"{table.folder}/{path}", here):
            return path
        if not is_gone:
            raise MirrorError(f"{self._objects.address}/{table.folder}/{path} is missing. Restore it, or use a backup.")
        return None


def _is_wanted(name: str, start: int, table: _Table) -> bool:
    """Entries from `start` on; of checkpoints the one that a new table begins with, and that only."""
    version = int(name[:20])
    if name.endswith(".checkpoint.parquet"):
        return version == start and table.here < start - 1
    return name[20:] == ".json" and version >= start


def _added(staging: Path, start: int, last: int) -> list[Commit]:
    return [commit for version in range(start, last + 1) if (commit := read_commit(staging, version)) is not None]
