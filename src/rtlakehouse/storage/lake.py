"""The lake: one directory, a Delta table at `<layer>/<name>` each, and control files in `_rtl/`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import DeltaError, TableNotFoundError

from rtlakehouse.errors import CorruptionError, NotFoundError, VersionGoneError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.commit import TableWriter
from rtlakehouse.storage.healing import Healed, heal
from rtlakehouse.storage.live import files_at
from rtlakehouse.storage.lock import LakeLock
from rtlakehouse.storage.log import DataFile, follow, read_commit
from rtlakehouse.storage.seals import Seals

__all__ = ["Lake"]

_REFUSED_FEATURES = {"deletionVectors"}


class Lake:
    """A lake directory and the way to everything in it. Holds no open files."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.control = self.root / "_rtl"
        self.healed: tuple[Healed, ...] = ()

    @classmethod
    def create(cls, root: Path) -> Lake:
        """Open the lake at `root`, putting right what a crash left and making what is missing: directories, tables, columns.

        What was put right is in `healed`. Raises CorruptionError for damage to anything acknowledged.
        """
        lake = cls(root)
        for folder in ("seals", "leases", "attic"):
            (lake.control / folder).mkdir(parents=True, exist_ok=True)
        lake.healed = tuple(lake._heal())
        for definition in TABLES.values():
            lake._create_table(definition)
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
        return TableWriter(TABLES[table], self.path(table), self.seals(table))

    def lock(self, role: str, now: datetime) -> LakeLock:
        """The lock of `role` (`engine` or `gateway`); entering it raises LakeLockedError naming who has it."""
        return LakeLock(self.control / f"{role}.lock", role, now)

    def version(self, table: str) -> int:
        """The newest version of a table."""
        return int(self._handle(table).version())

    def files(self, table: str, version: int | None = None) -> dict[str, DataFile]:
        """The live files of a version. Raises VersionGoneError or NotFoundError."""
        self._require(table, version)
        return files_at(self.path(table), version)[1]

    def read(self, table: str, version: int | None = None) -> pa.Table:
        """All rows of a version, as Arrow. For tests, tools and small tables: it reads everything."""
        self._require(table, version)
        data = pa.table(DeltaTable(self.path(table), version=version).to_pyarrow_table())
        return TABLES[table].conform(data)

    def vector(self) -> dict[str, int]:
        """One version of every table that belong together: those after the newest complete batch, and bronze's newest."""
        newest = {name: self.version(name) for name in TABLES}
        for version in range(newest[LEDGER.name], 0, -1):
            commit = read_commit(self.path(LEDGER.name), version)
            if commit is None:
                break
            if commit.data_change and "versions" in commit.metadata:
                versions: dict[str, int] = commit.metadata["versions"]
                return newest | versions | {n: newest[n] for n in ("bronze.events", LEDGER.name)}
        return newest

    def has_data_after(self, table: str, version: int) -> bool:
        """Whether a commit above `version` changed rows: upkeep alone leaves nothing to process."""
        return any(commit.data_change for commit in follow(self.path(table), version))

    def version_at(self, table: str, instant: datetime) -> int:
        """The newest version committed at or before `instant`. Raises VersionGoneError for times before the history."""
        for version in sorted(self.versions(table), reverse=True):
            commit = read_commit(self.path(table), version)
            if commit is not None and commit.timestamp <= instant:
                return version
        raise VersionGoneError(f"{table} keeps no version of {instant.isoformat()} or before.", min(self.versions(table)))

    def versions(self, table: str) -> list[int]:
        """The versions that can be read, oldest first: those from the oldest kept checkpoint, or version 0, on."""
        log = self.path(table) / "_delta_log"
        commits = {int(path.stem) for path in log.glob("[0-9]*.json") if path.stem.isdigit()}
        checkpoints = {int(path.name.split(".")[0]) for path in log.glob("[0-9]*.checkpoint.parquet")}
        readable: list[int] = []
        for version in sorted(commits | checkpoints):
            if version in checkpoints or version == 0 or (version - 1 in readable[-1:] and version in commits):
                readable.append(version)
        return readable

    def _heal(self) -> Iterator[Healed]:
        for name in TABLES:
            if (self.path(name) / "_delta_log").is_dir():
                yield from heal(self.path(name), self.seals(name), self.control / "attic")

    def _require(self, table: str, version: int | None) -> None:
        if version is None:
            return
        kept = self.versions(table)
        if version in kept:
            return
        if version > kept[-1] or version < 0:
            raise NotFoundError(f"{table} has no version {version}; its newest is {kept[-1]}.")
        raise VersionGoneError(f"{table} keeps version {version} no more; the oldest it keeps is {kept[0]}.", kept[0])

    def _handle(self, table: str) -> DeltaTable:
        try:
            return DeltaTable(self.path(table))
        except TableNotFoundError as error:
            raise NotFoundError(f"{self.root} has no table {table}. `rtl up` or `rtl ingest` makes it.") from error
        except DeltaError as error:
            raise CorruptionError(f"{table} cannot be read: {error}. Run `rtl doctor`.") from error

    def _create_table(self, definition: Table) -> None:
        path = self.path(definition.name)
        with contextlib.suppress(TableNotFoundError):
            self._evolve(definition, DeltaTable(path))
            return
        DeltaTable.create(
            path,
            schema=definition.schema,
            mode="ignore",
            partition_by=list(definition.partition_by),
            name=definition.name,
            description=definition.grain,
            configuration={"delta.logRetentionDuration": "interval 7 days"},
        )

    def _evolve(self, definition: Table, handle: DeltaTable) -> None:
        refused = _REFUSED_FEATURES.intersection(handle.protocol().reader_features or ())
        if refused:
            raise CorruptionError(f"{definition.name} uses {', '.join(refused)}, which reads wrong rows; rewrite it without.")
        present = {field.name for field in handle.schema().fields}
        missing = [field for field in Schema.from_arrow(definition.schema).fields if field.name not in present]
        if missing:
            handle.alter.add_columns([Field(f.name, f.type, nullable=True) for f in missing])
