"""The catalog follows the lake's logs and hands out snapshots.

A batch is visible when its ledger entry is: that entry names the versions that belong together, so a snapshot never shows
gold of one batch beside silver of another. A reader takes no locks and never waits for the engine.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import structlog

from rtlakehouse.catalog.distinct import ORDERS, USERS
from rtlakehouse.catalog.files import GoldFiles
from rtlakehouse.catalog.past import Kept, Past
from rtlakehouse.catalog.snapshot import KEEPERS, Range, Snapshot, may_hold
from rtlakehouse.catalog.sums import LATE_EVENTS, LEDGER_SUMS, REASON_SUMS, FileDigests
from rtlakehouse.clock import Clock
from rtlakehouse.contract.floors import Floors
from rtlakehouse.medallion.graph import GOLD, JOURNALS
from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.leases import Lease, Leases
from rtlakehouse.storage.live import LiveFiles
from rtlakehouse.storage.log import Commit, DataFile, checkpointed, follow, newest, read_commit
from rtlakehouse.storage.log_checkpoint import transactions

__all__ = ["Catalog"]

log = structlog.get_logger(__name__)

_LEDGER = "ops.ledger"
_BRONZE = "bronze.events"
_SILVER = "silver.events"
_LEASE = timedelta(minutes=10)
# After a fault the next look waits this long, so that the log does not fill with one message.
_AFTER_FAULT_S = 1.0
# The newest gold files are read as soon as they are there, not by the first who asks.
_READ_AHEAD = 8
# So are silver's files of so many rows digested; a smaller one takes whoever asks first a few milliseconds.
_LARGE_ROWS = 20_000
_LOOK_AHEAD_S = 1.0
# A file takes 20 to 60 ms; who asks for something else meanwhile is not to notice.
_PAUSE_S = 0.1


class Catalog:
    """Snapshots of a lake. `start` follows the log, and works ahead, in threads of its own; `close` ends them.

    memory_mb: for DuckDB. gold_mb: for gold files held in memory.
    """

    def __init__(self, lake: Lake, clock: Clock, *, poll: timedelta, memory_mb: int, gold_mb: int, threads: int = 2) -> None:
        self._lake = lake
        self._clock = clock
        self._poll = poll
        spill = lake.control / "cache" / f"catalog-{os.getpid()}"
        self._connection = duckdb.connect(
            config={"threads": threads, "memory_limit": f"{memory_mb}MB", "temp_directory": str(spill)}
        )
        self._gold = GoldFiles(gold_mb << 20)
        self._digests = {
            digest.name: FileDigests(digest, lake.path(digest.table.name))
            for digest in (LEDGER_SUMS, REASON_SUMS, LATE_EVENTS, USERS, ORDERS)
        }
        self._past = Past(lake, clock)
        self._leases = Leases(lake.control / "leases", clock)
        self._lease: Lease | None = None
        self._changed = threading.Condition()
        self._listeners: set[Callable[[], None]] = set()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._follow, name="catalog", daemon=True),
            threading.Thread(target=self._work_ahead, name="catalog-ahead", daemon=True),
        ]
        self._unprocessed: tuple[int, int, Commit | None] = (-1, -1, None)
        # Versions after the newest complete batch that the ledger names, and after the one that is shown.
        self._complete: dict[str, int] = {}
        self._shown: dict[str, int] = {}
        self.fault = ""
        self._live = self._opened()
        self._latest = self._publish()

    def start(self) -> None:
        self._renew_lease()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        if self._lease is not None:
            self._leases.release(self._lease)
        self._connection.close()

    @property
    def latest(self) -> Snapshot:
        """The newest complete batch's snapshot."""
        return self._latest

    def wait_for_change(self, seen: Snapshot, timeout_s: float) -> Snapshot:
        """The newest snapshot as soon as it is another than `seen`, or the same after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._latest is not seen, timeout_s)
            return self._latest

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called, in the catalog's thread, whenever there is a newer snapshot; the answer ends that."""
        with self._changed:
            self._listeners.add(listener)

        def end() -> None:
            with self._changed:
                self._listeners.discard(listener)

        return end

    def snapshot(self, as_of: str | None = None) -> Snapshot:
        """The snapshot of a time (ISO 8601) or of a version vector (`gold.kpis_1m=41,silver.events=87`); else the newest.

        Raises UsageError for anything else and for the future, NotFoundError for versions never made; reading what is no
        longer kept raises VersionGoneError.
        """
        latest = self._latest
        if as_of is None:
            return latest
        point = self._past.resolve(as_of)
        files = self._past.files(point.versions, latest)
        floors = self._floors_at(point.versions) if any(latest.floors.values()) else latest.floors
        return self._snapshot(point.versions, files, point.versions.get(_BRONZE, 0), point.instant, floors, is_latest=False)

    def _floors_at(self, versions: Mapping[str, int]) -> dict[str, Floors]:
        """As of these versions. Of a table that they leave out nothing is read."""
        found = {name: transactions(self._lake.path(name), versions[name]) for name in KEEPERS.values() if name in versions}
        return {layer: Floors.recorded(found.get(name, {})) for layer, name in KEEPERS.items()}

    def kept(self, table: str) -> Kept:
        """What can still be read of a table, at this moment."""
        return self._past.kept(table)

    def kept_since(self) -> datetime:
        """The earliest time that `snapshot` takes at this moment."""
        return self._past.since()

    def batch_of(self, ledger_version: int) -> dict[str, int]:
        """The versions that the newest batch of a version of the ledger led to; 0 for all while there is no batch."""
        return self._past.batch_of(ledger_version)

    def rows_written(self, table: Table, version: int, only: Range) -> pa.Table | None:
        """Rows of a gold table's files that the commit of a version brought, of those files that a range does not rule out.

        Times are UTC without a zone. None where the version is no longer kept.
        """
        commit = read_commit(self._lake.path(table.name), version)
        if commit is None:
            return None
        folder = self._lake.path(table.name)
        files = [file for file in commit.adds if may_hold(file, only)]
        # What is in memory outlives its file; the answer is of what the lake keeps, not of what happens to be remembered.
        if not all((folder / file.path).exists() for file in files):
            return None
        with contextlib.suppress(FileNotFoundError):
            return self._gold.rows(table, folder, files)
        return None

    def behind_ms(self, snapshot: Snapshot | None = None) -> int:
        """How long the oldest record of bronze that the snapshot (the newest) does not show has waited; 0 where all is shown."""
        oldest = self._oldest_unprocessed((snapshot or self._latest).processed)
        return 0 if oldest is None else max(0, int((self._clock.now() - oldest.timestamp).total_seconds() * 1000))

    def waits(self, **coordinates: str | int) -> bool:
        """Whether bronze has a record at these coordinates that no snapshot shows yet."""
        folder = self._lake.path(_BRONZE)
        wanted = [Range(column, value, value) for column, value in coordinates.items()]
        found = (file for commit in self.waiting() for file in commit.adds)
        likely = (folder / file.path for file in found if all(may_hold(file, bounds) for bounds in wanted))
        filters = [(column, "=", value) for column, value in coordinates.items()]
        return any(pq.read_table(path, columns=["position"], filters=filters, partitioning=None).num_rows for path in likely)

    def waiting(self) -> Iterator[Commit]:
        """The commits of bronze that no snapshot shows yet."""
        return follow(self._lake.path(_BRONZE), self._latest.processed)

    def _oldest_unprocessed(self, processed: int) -> Commit | None:
        """The first commit of rows after `processed`. Looked for once: later looks go on where the last one ended."""
        of, looked, found = self._unprocessed
        if of == processed and found is not None:
            return found
        for commit in follow(self._lake.path(_BRONZE), looked if of == processed else processed):
            self._unprocessed = (processed, commit.version, commit if commit.data_change else None)
            if commit.data_change:
                return commit
        return None

    def _opened(self) -> dict[str, LiveFiles]:
        """Every table's files at the versions of the newest complete batch."""
        version = self._lake.version(_LEDGER)
        complete = self._past.batch_of(version) | self._told() | {_LEDGER: version}
        # A lake that no engine has opened since there are journals has none.
        self._complete = {name: version for name, version in complete.items() if version >= 0}
        self._progress = {layer: transactions(self._lake.path(name)) for layer, name in KEEPERS.items()}
        return {
            name: LiveFiles(self._lake.path(name), None if name == _BRONZE else max(version, self._lake.floor(name)))
            for name, version in self._complete.items()
        }

    def _follow(self) -> None:
        while not self._stop.wait(self._poll.total_seconds()):
            try:
                self._look()
                self._renew_lease()
                self.fault = ""
            except Exception as error:  # whatever it was, this thread must go on looking; health shows the fault
                self.fault = f"The catalog cannot follow the lake: {error}"
                log.exception("the catalog cannot follow the lake; it goes on serving what it has", error=str(error))
                self._stop.wait(_AFTER_FAULT_S)

    def _work_ahead(self) -> None:
        """Digest silver's large files before anyone asks about their users and orders, those written last first."""
        while not self._stop.wait(_LOOK_AHEAD_S):
            large = [file for file in self._latest.files[_SILVER].values() if file.rows >= _LARGE_ROWS]
            try:
                for digest in (USERS, ORDERS):
                    while self._digests[digest.name].work_ahead(large[::-1]) and not self._stop.wait(_PAUSE_S):
                        pass
            except FileNotFoundError:
                continue  # a newer snapshot knows of what is gone
            except Exception:
                log.exception("silver is not read ahead any more; who asks about a damaged file is told")
                return

    def _look(self) -> None:
        """Show the newest complete batch, if it is another than the one that is shown."""
        if self._was_overtaken():
            self._live = self._opened()
        for commit in self._live[_LEDGER].advance():
            self._complete |= commit.metadata.get("versions", {}) | {_LEDGER: commit.version}
        for name in (table.name for table in JOURNALS if table.name in self._live):
            for told in self._live[name].advance():
                self._complete[name] = told.version
        if any(self._complete[name] != version for name, version in self._shown.items()):
            self._show(self._publish())

    def _told(self) -> dict[str, int]:
        """The newest versions of the journals, which no batch writes: a lake without new events has something to tell, too."""
        return {table.name: newest(self._lake.path(table.name)) for table in JOURNALS}

    def _was_overtaken(self) -> bool:
        """Whether the ledger's next commit was cleaned away before it was seen."""
        ledger = self._live[_LEDGER]
        return checkpointed(ledger.table) > ledger.version and read_commit(ledger.table, ledger.version + 1) is None

    def _advance(self) -> None:
        """Take every table to the newest complete batch, and on to later versions that hold the same rows."""
        kept = {name: self._progress[layer] for layer, name in KEEPERS.items()}
        for name, live in self._live.items():
            for commit in live.advance(None if name == _BRONZE else self._complete[name]):
                if name in kept:
                    kept[name].update(commit.transactions)

    def _show(self, latest: Snapshot) -> None:
        with self._changed:
            before, self._latest = self._latest, latest
            self._changed.notify_all()
            listeners = list(self._listeners)
        for listener in listeners:
            listener()
        # Each batch writes the minutes that it changes as new files: those before would fill the memory for gold.
        for name in (table.name for table in GOLD):
            folder = self._lake.path(name)
            self._gold.forget(folder / path for path in before.files[name].keys() - latest.files[name].keys())

    def _publish(self) -> Snapshot:
        """A snapshot of the newest complete batch. Tables are read afresh where a log was cleaned faster than followed."""
        self._advance()
        if any(live.version < self._complete[name] for name, live in self._live.items()):
            self._live = self._opened()
            self._advance()
        files = {name: dict(live.files) for name, live in self._live.items()}
        versions = {name: live.version for name, live in self._live.items()}
        commit = read_commit(self._lake.path(_LEDGER), versions[_LEDGER])
        as_of = commit.timestamp if commit else self._clock.now()
        floors = {layer: Floors.recorded(progress) for layer, progress in self._progress.items()}
        snapshot = self._snapshot(versions, files, self._complete[_BRONZE], as_of, floors, is_latest=True)
        for table in GOLD:
            # A file that is gone is told to whoever asks for it.
            with contextlib.suppress(FileNotFoundError):
                self._gold.rows(table, self._lake.path(table.name), list(files[table.name].values())[-_READ_AHEAD:])
        snapshot.last_position("", "", "", 0)
        self._shown = {name: version for name, version in self._complete.items() if name != _LEDGER}
        return snapshot

    def _snapshot(
        self,
        versions: Mapping[str, int],
        files: Mapping[str, Mapping[str, DataFile]],
        processed: int,
        as_of: datetime,
        floors: Mapping[str, Floors],
        *,
        is_latest: bool,
    ) -> Snapshot:
        return Snapshot(
            root=self._lake.root,
            versions=versions,
            files=files,
            processed=processed,
            as_of=as_of,
            is_latest=is_latest,
            connection=self._connection,
            gold=self._gold,
            digests=self._digests,
            gone=self._past.gone,
            floors=floors,
        )

    def _renew_lease(self) -> None:
        if self._lease is not None and self._lease.expires - self._clock.now() > _LEASE / 2:
            return
        old, self._lease = self._lease, self._leases.take(self._latest.versions, _LEASE)
        if old is not None:
            self._leases.release(old)
