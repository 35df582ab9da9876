"""The lake: one directory, a Delta table at `<layer>/<name>` each, and control files in `_rtl/`."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from rtlakehouse.clock import SystemClock
from rtlakehouse.contract.floors import Floors
from rtlakehouse.errors import CorruptionError, NotFoundError, VersionGoneError
from rtlakehouse.medallion.graph import JOURNALS, TABLES
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.commit import TableWriter
from rtlakehouse.storage.creation import create_table
from rtlakehouse.storage.durable import sync_paths
from rtlakehouse.storage.erased import floors
from rtlakehouse.storage.healing import Healed, heal, relied_upon, seal_live
from rtlakehouse.storage.live import files_at
from rtlakehouse.storage.lock import LakeLock
from rtlakehouse.storage.log import Commit, DataFile, checkpoints, commit_path, entries, follow, log_dir, newest, read_commit
from rtlakehouse.storage.log_checkpoint import transactions
from rtlakehouse.storage.seals import Seals

__all__ = ["Lake"]

_REFUSED_FEATURES = {"deletionVectors", "v2Checkpoint"}


class Lake:
    """A lake directory and the way to everything in it. Holds no open files."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.control = self.root / "_rtl"
        self.healed: tuple[Healed, ...] = ()
        self.damaged: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What bronze was named by when it was made; a copy of the lake has the same."""
        return str(self._handle("bronze.events").metadata().id)

    @classmethod
    def create(cls, root: Path, writes: Collection[str] = tuple(TABLES)) -> Lake:
        """Open the lake at `root`, putting right what a crash left and making what is missing: directories, tables, columns.

        writes: the tables that the caller writes. What was put right is in `healed`. Raises CorruptionError for damage to
        anything acknowledged in these; such damage in other tables is in `damaged`, for the caller to go on with the rest.
        """
        lake = cls(root)
        for folder in ("seals", "leases", "attic"):
            (lake.control / folder).mkdir(parents=True, exist_ok=True)
        relied = relied_upon(lake.path(LEDGER.name))
        for name in TABLES:
            try:
                lake._mend(name, relied.get(name, -1))
            except CorruptionError as error:
                if name in writes:
                    raise
                lake.damaged += (str(error),)
        return lake

    @classmethod
    def open(cls, root: Path) -> Lake:
        """Open an existing lake. Raises NotFoundError where there is none."""
        lake = cls(root)
        if not lake.control.is_dir():
            raise NotFoundError(f"There is no lake at {lake.root}. `rtl up` or `rtl ingest` makes one; --lake names another.")
        return lake

    def path(self, table: str) -> Path:
        """Where a table is. Names go through the registry, never into a path. Raises NotFoundError."""
        definition = TABLES.get(table)
        if definition is None:
            raise NotFoundError(f"There is no table {table!r}. There are {', '.join(TABLES)}.")
        return self.root / definition.layer / definition.short_name

    def seals(self, table: str) -> Seals:
        return Seals(self.path(table), self.control / "seals" / f"{table}.jsonl")

    def writer(self, table: str) -> TableWriter:
        return TableWriter(TABLES[table], self.path(table), self.seals(table), SystemClock())

    def lock(self, role: str, now: datetime) -> LakeLock:
        """The lock of `role`, such as `engine` or `gateway`; entering it raises LakeLockedError naming who has it."""
        return LakeLock(self.control / f"{role}.lock", role, now)

    def version(self, table: str) -> int:
        """The newest version of a table."""
        version = newest(self.path(table))
        if version < 0:
            raise NotFoundError(f"{self.root} has no table {table}. `rtl up` or `rtl ingest` makes it.")
        return version

    def kept_since(self, table: str) -> Floors:
        """Since when a table keeps what happened. Raises as `version`."""
        return Floors.recorded(transactions(self.path(table)))

    def waiting(self, done: int) -> int:
        """How many versions of bronze are above `done`, where any of them added records; else 0."""
        return newest(self.path("bronze.events")) - done if self.has_data_after("bronze.events", done) else 0

    def files(self, table: str, version: int | None = None) -> dict[str, DataFile]:
        """The live files of a version. Raises VersionGoneError, NotFoundError or CorruptionError."""
        self._require(table, version)
        newest = self.version(table)
        with self._opening(table):
            return files_at(self.path(table), newest if version is None else version)[1]

    def read(self, table: str, version: int | None = None) -> pa.Table:
        """All rows of a version, as Arrow. For tests, tools and small tables: it reads everything."""
        self._require(table, version)
        with self._opening(table):
            data = pa.table(DeltaTable(self.path(table), version=version).to_pyarrow_table())
        return TABLES[table].conform(data)

    def vector(self) -> dict[str, int]:
        """One version of every table that belong together: those after the newest complete batch, the newest of bronze and of
        the journals, which no batch writes.

        Of versions that hold the same rows it names the last: upkeep after the batch, which vacuum leaves alone.
        """
        # A lake that no engine has opened since there are journals has none.
        there = [name for name, table in TABLES.items() if table not in JOURNALS or newest(self.path(name)) >= 0]
        found = {name: self.version(name) for name in there}
        batch = self._last_batch(found[LEDGER.name])
        if batch is None:
            return found
        versions = {n: self._with_upkeep(n, v) for n, v in batch.metadata["versions"].items()}
        own = ("bronze.events", LEDGER.name, *(table.name for table in JOURNALS if table.name in found))
        return found | versions | {name: max(found[name], versions.get(name, 0)) for name in own}

    def processed(self) -> int:
        """The bronze version up to which every record is in the ledger; 0 while none is."""
        batch = self._last_batch(self.version(LEDGER.name))
        return 0 if batch is None else int(batch.metadata["versions"]["bronze.events"])

    def _last_batch(self, newest: int) -> Commit | None:
        """The ledger's entry of the newest complete batch."""
        for version in range(newest, 0, -1):
            commit = read_commit(self.path(LEDGER.name), version)
            if commit is None or (commit.data_change and "versions" in commit.metadata):
                return commit
        return None

    def _with_upkeep(self, table: str, version: int) -> int:
        """The last version above `version` before rows change again."""
        for commit in follow(self.path(table), version):
            if commit.data_change:
                break
            version = commit.version
        return version

    def has_data_after(self, table: str, version: int) -> bool:
        """Whether a commit above `version` changed rows: upkeep alone leaves nothing to process."""
        return any(commit.data_change for commit in follow(self.path(table), version))

    def has_data_between(self, table: str, version: int, last: int) -> bool:
        """As `has_data_after`, of the commits up to `last`."""
        return any(commit.data_change for commit in follow(self.path(table), version) if commit.version <= last)

    def versions(self, table: str) -> list[int]:
        """The versions that can be read, oldest first: those from the oldest kept checkpoint, or version 0, on.

        Where somebody was erased, those from then on: see `floor`.
        """
        floor = self.floor(table)
        commits, whole = set(entries(self.path(table))), set(checkpoints(self.path(table)))
        readable: list[int] = []
        for version in sorted(commits | whole):
            if version in whole or version == 0 or (version - 1 in readable[-1:] and version in commits):
                readable.append(version)
        return [version for version in readable if version >= floor]

    def floor(self, table: str) -> int:
        """The first version of a table that an erasure has left; 0 where there was none."""
        return floors(self.control).get(table, 0)

    def forget_seals(self, table: str) -> None:
        """Forget the seals of deleted files, not that of a live file that is missing: it says that the file was acknowledged."""
        path, seals, live = self.path(table), self.seals(table), self.files(table)
        seals.forget(name for name in seals.read() if name not in live and not (path / name).exists())

    def _mend(self, table: str, relied: int) -> None:
        path, seals = self.path(table), self.seals(table)
        self.healed += tuple(heal(path, seals, self.control / "attic", relied))
        self._create_table(TABLES[table])
        self.healed += tuple(seal_live(path, seals))

    def _require(self, table: str, version: int | None) -> None:
        if version is None:
            return
        kept = self.versions(table)
        if version in kept:
            return
        newest = self.version(table)
        if version < 0 or version > newest:
            raise NotFoundError(f"{table} has no version {version}; its newest is {newest}.")
        raise VersionGoneError(f"{table} keeps version {version} no more; the oldest it keeps is {kept[0]}.", kept[0])

    def _handle(self, table: str) -> DeltaTable:
        with self._opening(table):
            return DeltaTable(self.path(table))

    @contextlib.contextmanager
    def _opening(self, table: str) -> Iterator[None]:
        try:
            yield
        except TableNotFoundError as error:
            raise NotFoundError(f"{self.root} has no table {table}. `rtl up` or `rtl ingest` makes it.") from error
        except (CorruptionError, DeltaError) as error:
            raise CorruptionError(f"{table} cannot be read: {error}. Run `rtl doctor`.") from error

    def _create_table(self, definition: Table) -> None:
        path = self.path(definition.name)
        if log_dir(path).exists():
            with contextlib.suppress(NotFoundError):
                self._evolve(definition, self._handle(definition.name))
                return
        create_table(path, definition, SystemClock().now())
        self._sync_definition(definition.name)

    def _evolve(self, definition: Table, handle: DeltaTable) -> None:
        refused = _REFUSED_FEATURES.intersection(handle.protocol().reader_features or ())
        if refused:
            raise CorruptionError(f"{definition.name} uses {', '.join(refused)}, which reads wrong rows; rewrite it without.")
        present = {field.name for field in handle.schema().fields}
        missing = [field for field in Schema.from_arrow(definition.schema).fields if field.name not in present]
        if not missing:
            return
        try:
            handle.alter.add_columns([Field(f.name, f.type, nullable=True) for f in missing])
        except CommitFailedError:
            # Another process that opens the lake, or writes to it, was faster: what it left is looked at afresh.
            again = self._handle(definition.name)
            if again.version() == handle.version():
                raise
            self._evolve(definition, again)
            return
        self._sync_definition(definition.name)

    def _sync_definition(self, table: str) -> None:
        """Make the newest log entry durable, and all that leads to it."""
        path = self.path(table)
        folders = (log_dir(path), path, path.parent, self.control, self.root, self.root.parent)
        sync_paths([commit_path(path, self.version(table)), *folders])
