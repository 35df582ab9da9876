"""The catalog follows the lake's logs and hands out snapshots.

A batch is visible when its ledger entry is: that entry names the versions that belong together, so a snapshot never shows
gold of one batch beside silver of another. A reader takes no locks and never waits for the engine.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import duckdb
import structlog

from rtlakehouse.catalog.files import GoldFiles
from rtlakehouse.catalog.snapshot import Snapshot
from rtlakehouse.clock import Clock
from rtlakehouse.errors import NotFoundError, RtlError, UsageError
from rtlakehouse.medallion.graph import GOLD, TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.leases import Lease, Leases
from rtlakehouse.storage.live import LiveFiles
from rtlakehouse.storage.log import DataFile, follow, read_commit

__all__ = ["Catalog"]

log = structlog.get_logger(__name__)

_LEDGER = "ops.ledger"
_BRONZE = "bronze.events"
_LEASE = timedelta(minutes=10)
_REMEMBERED = 64
_VECTOR = re.compile(r"^[a-z0-9_.]+=\d+(,[a-z0-9_.]+=\d+)*$")


class Catalog:
    """Snapshots of a lake. `start` follows the log in a thread of its own; `close` ends that.

    memory_mb: for DuckDB. gold_mb: for gold files held in memory.
    """

    def __init__(self, lake: Lake, clock: Clock, *, poll: timedelta, memory_mb: int, gold_mb: int, threads: int = 2) -> None:
        self._lake = lake
        self._clock = clock
        self._poll = poll
        self._connection = duckdb.connect(config={"threads": threads, "memory_limit": f"{memory_mb}MB"})
        self._gold = GoldFiles(gold_mb << 20)
        self._live = {name: LiveFiles(lake.path(name)) for name in TABLES}
        self._leases = Leases(lake.control / "leases", clock)
        self._lease: Lease | None = None
        self._past: OrderedDict[tuple[str, int], Mapping[str, DataFile]] = OrderedDict()
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="catalog", daemon=True)
        self._latest = self._publish(self._lake.vector())

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
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

    def snapshot(self, as_of: str | None = None) -> Snapshot:
        """The snapshot of a time (ISO 8601) or of a version vector (`gold.kpis_1m=41,silver.events=87`); else the newest.

        Raises UsageError for anything else, VersionGoneError for versions no longer kept, NotFoundError for ones never made.
        """
        if as_of is None:
            return self._latest
        if _VECTOR.match(as_of):
            return self._at({t: int(v) for t, v in (pair.split("=") for pair in as_of.split(","))})
        return self._at(self._vector_at(_instant(as_of)))

    def behind_ms(self) -> int:
        """How long the oldest record that bronze holds and no snapshot shows has waited; 0 when there is none."""
        for commit in follow(self._lake.path(_BRONZE), self._processed):
            if commit.data_change:
                return max(0, int((self._clock.now() - commit.timestamp).total_seconds() * 1000))
        return 0

    def _at(self, vector: Mapping[str, int]) -> Snapshot:
        unknown = [name for name in vector if name not in TABLES]
        if unknown:
            raise NotFoundError(f"There is no table {unknown[0]!r}. There are {', '.join(TABLES)}.")
        files = {name: self._files_at(name, version) for name, version in vector.items()}
        commits = [read_commit(self._lake.path(name), version) for name, version in vector.items()]
        as_of = max((commit.timestamp for commit in commits if commit), default=datetime.min.replace(tzinfo=UTC))
        return Snapshot(self._lake.root, dict(vector), files, as_of, False, self._connection, self._gold)

    def _files_at(self, table: str, version: int) -> Mapping[str, DataFile]:
        key = (table, version)
        if key not in self._past:
            self._past[key] = self._lake.files(table, version)
            while len(self._past) > _REMEMBERED:
                self._past.popitem(last=False)
        return self._past[key]

    def _vector_at(self, instant: datetime) -> dict[str, int]:
        version = self._lake.version_at(_LEDGER, instant)
        while (commit := read_commit(self._lake.path(_LEDGER), version)) is not None:
            if "versions" in commit.metadata:
                return dict(commit.metadata["versions"]) | {_LEDGER: version}
            version -= 1
        return dict.fromkeys(TABLES, 0)

    def _follow(self) -> None:
        while not self._stop.wait(self._poll.total_seconds()):
            try:
                if read_commit(self._lake.path(_LEDGER), self._live[_LEDGER].version + 1) is not None:
                    self._advance()
                self._renew_lease()
            except (RtlError, OSError) as error:
                log.exception("the catalog cannot follow the lake; it goes on serving what it has", error=str(error))
                self._stop.wait(1)

    def _advance(self) -> None:
        vector: dict[str, int] = {}
        for commit in self._live[_LEDGER].advance():
            vector.update(commit.metadata.get("versions", {}))
        if vector:
            latest = self._publish(vector | {_LEDGER: self._live[_LEDGER].version})
            with self._changed:
                self._latest = latest
                self._changed.notify_all()

    def _publish(self, vector: Mapping[str, int]) -> Snapshot:
        """A snapshot at this vector, or at later versions of it that hold the same rows."""
        self._processed = vector[_BRONZE]
        for name, live in self._live.items():
            self._live[name] = self._advanced(live, None if name == _BRONZE else vector[name])
        files = {name: dict(live.files) for name, live in self._live.items()}
        versions = {name: live.version for name, live in self._live.items()}
        commit = read_commit(self._lake.path(_LEDGER), versions[_LEDGER])
        as_of = commit.timestamp if commit else self._clock.now()
        snapshot = Snapshot(self._lake.root, versions, files, as_of, True, self._connection, self._gold)
        for table in GOLD:
            self._gold.rows(table, self._lake.path(table.name), list(files[table.name].values())[-8:])
        return snapshot

    @staticmethod
    def _advanced(live: LiveFiles, upto: int | None) -> LiveFiles:
        """The files at version `upto`; read afresh where the log was cleaned faster than it was followed."""
        for _ in live.advance(upto):
            pass
        return live if upto is None or live.version >= upto else LiveFiles(live.table)

    def _renew_lease(self) -> None:
        if self._lease is not None and self._lease.expires - self._clock.now() > _LEASE / 2:
            return
        old, self._lease = self._lease, self._leases.take(self._latest.versions, _LEASE)
        if old is not None:
            self._leases.release(old)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"as_of={text!r} is neither a time (2026-11-24T10:00:00Z) nor versions (gold.kpis_1m=41,silver.events=87)."
        ) from None
    if instant.tzinfo is None:
        raise UsageError(f"as_of={text!r} has no offset; write {text}Z for UTC.")
    return instant
