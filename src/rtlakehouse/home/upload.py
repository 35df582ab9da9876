"""Taking a lake's home to where its working copy is, so that at every moment it is as a crash could have left a lake.

Bronze goes first, as far as it is durable. Then each entry of the ledger in turn: the tables up to the versions that it names, in
the order in which a batch commits them, and the entry itself. So a home is at most within one batch, which the next engine on it
finishes. A change of several tables is said beforehand, as its note says it to an engine that was killed in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import msgspec

from rtlakehouse.clock import Clock
from rtlakehouse.errors import DivergedError
from rtlakehouse.home.control import Control
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.graph import GOLD, JOURNALS, SIBLINGS, TABLES
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.mirror import Objects, TableCopy
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.leases import Leases
from rtlakehouse.storage.log import Commit, commit_path, follow, newest
from rtlakehouse.storage.rewrite import REWRITE_APPLICATION, Exchange, Rewrite

__all__ = ["HOME", "Upload"]

HOME = "_rtl/home.json"
# Each level of a batch is committed at once, and so uploaded at once.
_LEVELS = tuple(tuple(table.name for table in level) for level in (SIBLINGS, GOLD, JOURNALS))
_JOURNALS = _LEVELS[-1]
_HELD = timedelta(days=7)
_HOLD_EVERY = timedelta(hours=1)
_THREADS = 8


class Upload:
    """The upload from one working copy, by the holder of the lease of `epoch`. One thread uses it."""

    def __init__(self, lake: Lake, objects: Objects, epoch: int, clock: Clock) -> None:
        self._lake = lake
        self._objects = objects
        self._clock = clock
        self._copies = {name: TableCopy(name, lake.path(name), objects) for name in TABLES}
        self._control = Control(lake.control, objects, epoch)
        self._leases = Leases(lake.control / "leases", clock)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="upload")
        self._hold_at = 0.0
        self._is_whole = False

    @property
    def versions(self) -> dict[str, int]:
        """The version of each table that is in the home."""
        return {name: copy.at for name, copy in self._copies.items()}

    def close(self) -> None:
        self._pool.shutdown()

    def begin(self) -> None:
        """Look at what is there. Raises DivergedError where the home is of another lake or has another history."""
        owner = self._objects.get(HOME)
        self._is_whole = owner is not None
        if owner is not None and json.loads(owner)["lake"] != self._lake.id:
            raise DivergedError(f"{self._objects.address} is the home of another lake. Choose another address.")
        for name, copy in self._copies.items():
            copy.look(self._lake.floor(name))

    def run(self, told: Callable[[], None] = lambda: None) -> None:
        """Upload what is new. Raises MirrorError where the store fails: nothing is lost, try again later.

        told: is called as soon as bronze is there, for posts that wait for it.
        """
        self._hold()
        self._control.update()
        if not self._is_whole or any(map(self._is_cleaned, TABLES)):
            self._upload_at_once()
        self._advance(BRONZE.name, self._free_bronze())
        told()
        for batch in follow(self._lake.path(LEDGER.name), self._copies[LEDGER.name].at):
            self._upload_batch(batch, told)
        self._advance(BRONZE.name, self._free_bronze())
        for name, version in self._upkeep().items():
            self._advance(name, version)
        for copy in self._copies.values():
            copy.copy_checkpoint()

    def _upload_at_once(self) -> None:
        """All there is, table by table: the first time, and where entries were cleaned away, so that checkpoints go instead.

        A new home is none until it is done, so what was interrupted is gone on with from here.
        """
        for name, version in self._lake.vector().items():
            self._advance(name, version)
        self._objects.create(HOME, json.dumps({"lake": self._lake.id}).encode())
        self._is_whole = True

    def _upload_batch(self, batch: Commit, told: Callable[[], None]) -> None:
        """One entry of the ledger, after what it says is done."""
        rewrite, versions = self._rewrite(batch), batch.metadata.get("versions", {})
        bronze = self._free_bronze() if rewrite is None else self._rewritten(rewrite)
        self._put_files({**versions, BRONZE.name: bronze, LEDGER.name: batch.version})
        if rewrite is not None:
            self._control.update(msgspec.json.encode(rewrite))
        self._copies[BRONZE.name].advance(bronze)
        told()
        for level in _LEVELS:
            due = [name for name in level if name in versions]
            list(self._pool.map(lambda name: self._copies[name].advance(versions[name], is_durable=True), due))
        self._copies[LEDGER.name].advance(batch.version)
        if rewrite is not None:
            self._control.update()

    def _advance(self, name: str, version: int) -> None:
        self._put_files({name: version})
        self._copies[name].advance(version)

    def _put_files(self, versions: Mapping[str, int]) -> None:
        """The data files of these versions, all side by side: only the entries have an order."""
        copies = ((self._copies[name], version) for name, version in versions.items())
        files = [(copy, file) for copy, version in copies for file in copy.ahead(version)]
        list(self._pool.map(lambda found: found[0].put_ahead(found[1]), files))

    def _upkeep(self) -> Mapping[str, int]:
        """What was rearranged, or told, after the newest batch there. What a batch has begun waits for its ledger entry."""
        found = {}
        for name in (name for level in _LEVELS for name in level):
            for commit in follow(self._lake.path(name), self._copies[name].at):
                if commit.data_change and name not in _JOURNALS:
                    break
                found[name] = commit.version
        return found

    def _free_bronze(self) -> int:
        """The newest version of bronze before an erasure in it that is not there yet: that goes with its ledger entry."""
        version = self._copies[BRONZE.name].at
        for commit in follow(self._lake.path(BRONZE.name), version):
            if REWRITE_APPLICATION in commit.transactions:
                break
            version = commit.version
        return version

    def _is_cleaned(self, name: str) -> bool:
        """Whether entries that are not there yet were cleaned away here."""
        path, following = self._lake.path(name), self._copies[name].at + 1
        return following <= newest(path) and not commit_path(path, following).exists()

    def _rewrite(self, batch: Commit) -> Rewrite | None:
        """The change of several tables that this entry of the ledger ends, as its note said it."""
        number = batch.transactions.get(REWRITE_APPLICATION)
        if number is None:
            return None
        made = [(n, c) for n in TABLES for c in follow(self._lake.path(n), self._copies[n].at) if _is_part(c, number)]
        return Rewrite(number, batch.operation, tuple(_exchange(name, commit) for name, commit in made))

    def _rewritten(self, rewrite: Rewrite) -> int:
        """The version of bronze that has the change; the one that is there where it does not concern bronze."""
        found = follow(self._lake.path(BRONZE.name), self._copies[BRONZE.name].at)
        return next((c.version for c in found if _is_part(c, rewrite.number)), self._copies[BRONZE.name].at)

    def _hold(self) -> None:
        """Keep vacuum and the cleaning of logs from what is not there yet, also over a restart."""
        if self._clock.monotonic() >= self._hold_at:
            self._leases.hold("home", self.versions, _HELD)
            self._hold_at = self._clock.monotonic() + _HOLD_EVERY.total_seconds()


def _is_part(commit: Commit, number: int) -> bool:
    return commit.transactions.get(REWRITE_APPLICATION) == number


def _exchange(table: str, commit: Commit) -> Exchange:
    progress = {name: step for name, step in commit.transactions.items() if name != REWRITE_APPLICATION}
    adds = tuple(file.path for file in commit.adds)
    return Exchange(table, commit.removes, adds, progress, dict(commit.metadata), same_places=not commit.data_change)
