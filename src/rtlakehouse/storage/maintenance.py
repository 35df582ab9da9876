"""Upkeep: compaction, checkpoints, log clean-up, vacuum. Small and often, under the engine lock.

A table's reading time grows with its live files and with the entries of its log (measured with delta-rs: 190 ms for a tiny append
at 1,600 files; 54 ms at 40,000 log entries), so keeping both bounded is part of writing. What takes long of it is done beside the
batches, in a thread of its own; what commits, between two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa

from rtlakehouse.clock import Clock
from rtlakehouse.errors import CommitConflictError, StoreError
from rtlakehouse.failpoints import failpoint
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.table import Kind
from rtlakehouse.settings import Settings
from rtlakehouse.storage.commit import TableWriter
from rtlakehouse.storage.data_files import merge_files
from rtlakehouse.storage.durable import sync_paths, writing
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.leases import Leases
from rtlakehouse.storage.log import DataFile, checkpointed, checkpoints, commit_path, log_dir, names, newest
from rtlakehouse.storage.log_checkpoint import write_checkpoint
from rtlakehouse.storage.vacuum import current_at, made_at, needless
from rtlakehouse.storage.vacuumed import Vacuumed, nothing_removed, write_vacuumed

__all__ = ["FIRST_TIER_BYTES", "Act", "Finish", "Limits", "Maintenance", "Outcome"]

_MB = 1 << 20
# A version whose log entry is gone can no longer be opened. Whoever opened it before has so long to read its files.
_STILL_READ = timedelta(hours=1)
_FEW_ROWS = 256
# First sizes that small files are gathered to. A windowed table's file is rewritten when a late event touches a window
# in it, so it is kept smaller.
FIRST_TIER_BYTES = {Kind.APPEND: 8 * _MB, Kind.WINDOWED: 1 * _MB}


@dataclass(frozen=True)
class Limits:
    """When maintenance acts, and what it keeps.

    compact_files: small files of a table that start a compaction. target_bytes: what the larger compaction aims for.
    log_commits: commits kept in a log one by one; older ones only at a checkpoint every `history_step`, for `retention`.
    """

    compact_files: int = 60
    target_bytes: int = 64 * _MB
    log_commits: int = 2_000
    history_step: timedelta = timedelta(minutes=10)
    retention: timedelta = timedelta(days=7)

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        return cls(
            compact_files=settings.compact_files,
            target_bytes=settings.target_file_mb << 20,
            log_commits=settings.log_commits,
            history_step=timedelta(seconds=settings.history_step_s),
            retention=timedelta(seconds=settings.vacuum_retention_s),
        )


@dataclass(frozen=True)
class Outcome:
    """What one act of upkeep did, or would do: files or commits before and after, or removed. is_fault: it could not be done."""

    table: str
    action: str
    detail: str
    is_fault: bool = False


# What is to be done between two batches, and what came of it all.
Finish = Callable[[], list[Outcome]]
# What may be done beside batches: it changes nothing that they build on, and leaves the rest.
Act = Callable[[], Finish]


class Maintenance:
    """Upkeep of a lake. The holder of the engine lock may call any method between two batches, one at a time.

    pinned: the versions of a table that are to stay readable, however old. While it raises StoreError nothing is removed.
    """

    def __init__(
        self, lake: Lake, clock: Clock, limits: Limits, pinned: Callable[[str], Collection[int]] = lambda table: ()
    ) -> None:
        self._lake = lake
        self._clock = clock
        self._limits = limits
        self._pinned = pinned
        self._leases = Leases(lake.control / "leases", clock)
        self._checkpointed = {name: self._last_checkpoint(name) for name in TABLES}
        self._writers: dict[str, TableWriter] = {}

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(TABLES)

    def due(self) -> str | None:
        """The table that needs upkeep most, judged by its log alone; None where none does."""
        behind = {name: self._commits_since_checkpoint(name) for name in TABLES}
        name = max(behind, key=lambda table: behind[table])
        return name if behind[name] >= self._limits.compact_files else None

    def run(self, table: str) -> list[Outcome]:
        """Compact, checkpoint and clean the log of one table, each as far as it is needed."""
        return [outcome for act in self.acts(table) for outcome in act()()]

    def acts(self, table: str) -> list[Act]:
        """The parts of `run`, in order: who does one at a time, and the most of it beside batches, keeps none of them waiting."""
        return [partial(self._compaction, table), partial(_whole, self.checkpoint, table), partial(_whole, self.clean_log, table)]

    def vacuuming(self, table: str) -> Act:
        """`vacuum`, all of it beside batches."""
        return partial(_whole, self.vacuum, table)

    def compact(self, table: str, *, dry_run: bool = False) -> list[Outcome]:
        """Gather small files: up to the first tier often, and the files of that tier up to the target size when many."""
        return self._compact(table, dry_run=dry_run)

    def _compact(self, table: str, *, dry_run: bool = False, sparing: bool = False) -> list[Outcome]:
        writer = self._writer(table)
        groups = self._groups(table, writer.files.values(), sparing)
        if dry_run:
            return [Outcome(table, "compact", f"would gather {sum(map(len, groups)):,} files")] if groups else []
        return self._gathered(writer, groups)()

    def checkpoint(self, table: str, *, dry_run: bool = False) -> list[Outcome]:
        """Write a checkpoint at the newest version."""
        path = self._lake.path(table)
        version = newest(path)
        if dry_run or version == self._last_checkpoint(table):
            return [Outcome(table, "checkpoint", f"would write version {version}")] if dry_run else []
        write_checkpoint(path, version)
        failpoint("after_checkpoint")
        self._checkpointed[table] = version
        return [Outcome(table, "checkpoint", f"wrote version {version}")]

    def clean_log(self, table: str, *, dry_run: bool = False) -> list[Outcome]:
        """Remove the log entries that the history no longer needs: see `Limits`. The newest checkpoint always stays."""
        with nullcontext() if dry_run else nothing_removed(self._lake):
            try:
                doomed = self._doomed_entries(table, self._pinned(table))
            except StoreError as error:
                return [_refrained(table, "clean log", error)]
            if not doomed:
                return []
            for path in [] if dry_run else doomed:
                path.unlink(missing_ok=True)
        if not dry_run:
            failpoint("after_log_cleanup")
        return [Outcome(table, "clean log", f"{'would remove' if dry_run else 'removed'} {len(doomed):,} entries")]

    def vacuum(self, table: str, *, dry_run: bool = False, retention: timedelta | None = None) -> list[Outcome]:
        """Delete files that no version within `retention`, no reader's lease and no pin needs."""
        with nullcontext() if dry_run else nothing_removed(self._lake):
            try:
                pinned = self._pinned(table)
            except StoreError as error:
                return [_refrained(table, "vacuum", error)]
            removed = self._vacuum(table, pinned, self._limits.retention if retention is None else retention, dry_run)
        if not dry_run:
            failpoint("after_vacuum")
            self._lake.forget_seals(table)
        return [Outcome(table, "vacuum", f"{'would delete' if dry_run else 'deleted'} {len(removed):,} files")] if removed else []

    def _vacuum(self, table: str, pinned: Collection[int], retention: timedelta, dry_run: bool) -> list[Path]:
        path, now = self._lake.path(table), self._clock.now()
        readable = self._lake.versions(table)
        kept = sorted(set(pinned).intersection(readable))
        first = current_at(path, readable, now - retention)
        if (held := self._read_from(table)) is not None:
            first = min(first, max((version for version in readable if version <= held), default=first))
        doomed = needless(path, first, kept, now - _STILL_READ - self._limits.history_step)
        if not dry_run:
            write_vacuumed(self._lake, table, Vacuumed(min(now - retention, made_at(path, first)), tuple(kept)))
            for file in doomed:
                file.unlink(missing_ok=True)
        return doomed

    def _writer(self, table: str) -> TableWriter:
        """One that has seen all that is committed. It is kept: following a log is cheaper than opening it."""
        if table in self._writers:
            self._writers[table].refresh()
        else:
            self._writers[table] = self._lake.writer(table)
        return self._writers[table]

    def _compaction(self, table: str) -> Finish:
        """Batches only add files to most tables, so the small ones can be gathered beside them; those of windows they replace."""
        writer = self._writer(table)
        groups = self._groups(table, writer.files.values(), sparing=True)
        if groups and TABLES[table].kind is Kind.WINDOWED:
            return partial(self._compact, table, sparing=True)
        return self._gathered(writer, groups)

    def _groups(self, table: str, files: Collection[DataFile], sparing: bool) -> list[list[DataFile]]:
        """Those files of which each group is to become one; none while there is not enough to gather. sparing: see `_groups`."""
        first, target = FIRST_TIER_BYTES[TABLES[table].kind], self._limits.target_bytes
        small = _groups((file for file in files if file.size_bytes < first), first, sparing)
        medium = _groups((file for file in files if first <= file.size_bytes < target), target, sparing)
        if sum(map(len, medium)) >= self._limits.compact_files // 2:
            return _groups((file for file in files if file.size_bytes < target), target, sparing)
        return small if sum(map(len, small)) >= min(self._limits.compact_files, 10) else []

    def _gathered(self, writer: TableWriter, groups: list[list[DataFile]]) -> Finish:
        """Write what the groups become; what is left is to commit it."""
        if not groups:
            return list
        with writing(writer.definition.name):
            merged = [_merged(writer, group) for group in groups]
        return partial(self._rearranged, writer, [file for group in groups for file in group], merged)

    @staticmethod
    def _rearranged(writer: TableWriter, files: list[DataFile], merged: list[Path]) -> list[Outcome]:
        table = writer.definition.name
        adds = [path.relative_to(writer.path).as_posix() for path in merged]
        failpoint("before_compaction")
        try:
            commit = writer.exchange([file.path for file in files], adds, {}, {}, "OPTIMIZE", same_places=True)
        except CommitConflictError:
            for path in merged:
                path.unlink()
            return [Outcome(table, "compact", "another commit came first; it is tried again later")]
        failpoint("after_compaction")
        writer.seal(commit)
        return [Outcome(table, "compact", f"{len(files)} files into {len(merged)}")]

    def _read_from(self, table: str) -> int | None:
        """The oldest version that a reader or the engine itself still reads from."""
        held = (self._leases.oldest(table), self._waiting_from(table))
        return min((version for version in held if version is not None), default=None)

    def _waiting_from(self, table: str) -> int | None:
        """The version of bronze that the engine goes on from, while it has something to read there: it reads what was committed,
        also where compaction has rearranged it since."""
        if table != "bronze.events" or not self._lake.has_data_after(table, processed := self._lake.processed()):
            return None
        return processed

    def _commits_since_checkpoint(self, table: str) -> int:
        path = self._lake.path(table)
        version = self._checkpointed[table]
        step = self._limits.compact_files
        return step if commit_path(path, version + step).exists() else 0

    def _last_checkpoint(self, table: str) -> int:
        return max(checkpointed(self._lake.path(table)), 0)

    def _doomed_entries(self, table: str, pinned: Collection[int]) -> list[Path]:
        path = self._lake.path(table)
        whole = checkpoints(path)
        if not whole:
            return []
        newest = whole[-1] - self._limits.log_commits
        if table == "bronze.events":
            # What the engine has not taken yet it finds by these entries, however many they are.
            newest = min(newest, self._lake.processed())
        if (leased := self._leases.oldest(table)) is not None:
            # Vacuum finds what a lease holds by the entry of its version.
            newest = min(newest, leased)
        floor = max((v for v in whole if v <= newest), default=None)
        if floor is None:
            return []
        kept = self._history(path, [version for version in whole if version < floor]) | _leading_to(pinned, whole)
        gone = [name for name in names(path) if (version := int(name[:20])) < floor and version not in kept]
        return [log_dir(path) / name for name in gone]

    def _history(self, table: Path, versions: list[int]) -> set[int]:
        """Of the checkpoints before the detailed log, the last of each step of the history, as far as it is kept."""
        last_of_step: dict[int, int] = {}
        for version in versions:
            written = commit_path(table, version).with_suffix(".checkpoint.parquet").stat().st_mtime
            if written >= self._clock.now().timestamp() - self._limits.retention.total_seconds():
                last_of_step[int(written // self._limits.history_step.total_seconds())] = version
        return set(last_of_step.values())


def _whole(act: Callable[[str], list[Outcome]], table: str) -> Finish:
    """Do it all at once; nothing is left to be done."""
    with writing(table):
        outcomes = act(table)
    return lambda: outcomes


def _groups(files: Iterable[DataFile], target_bytes: int, sparing: bool) -> list[list[DataFile]]:
    """Files of one partition each that fit into one of that size together; the smallest ones first, none of them alone.

    sparing: none that outweighs all the smaller ones of its group. So each time a row is written again, it is in a file twice as
    large, and what it costs to keep files few grows with the logarithm of the size that they come to.
    """
    by_partition: dict[tuple[str | None, ...], list[list[DataFile]]] = {}
    for file in sorted(files, key=lambda file: (file.size_bytes, file.path)):
        groups = by_partition.setdefault(tuple(file.partition.values()), [[]])
        outgrown = sum(other.size_bytes for other in groups[-1]) + file.size_bytes > target_bytes
        outweighed = sparing and bool(groups[-1]) and _weight(file) > sum(map(_weight, groups[-1]))
        if outgrown or outweighed:
            groups.append([])
        groups[-1].append(file)
    return [group for groups in by_partition.values() for group in groups if len(group) > 1]


def _weight(file: DataFile) -> int:
    """What it costs to write its rows again; a file of a few costs what it is to be a file."""
    return max(file.rows, _FEW_ROWS)


def _merged(writer: TableWriter, files: list[DataFile]) -> Path:
    """A durable file with the rows of these, in the order in which they were written."""
    table, definition = writer.path, writer.definition
    schema = pa.schema([field for field in definition.schema if field.name not in definition.partition_by])
    paths = [table / file.path for file in sorted(files, key=lambda file: (file.written_at, file.path))]
    merged = merge_files(paths[0].parent, paths, schema)
    sync_paths([merged])
    return merged


def _leading_to(versions: Collection[int], checkpoints: list[int]) -> set[int]:
    """The versions from the checkpoint before each of these, or from the first version, up to it: what it is read from."""
    starts = {version: max((c for c in checkpoints if c <= version), default=0) for version in versions}
    return {passed for version, start in starts.items() for passed in range(start, version + 1)}


def _refrained(table: str, action: str, error: StoreError) -> Outcome:
    return Outcome(table, action, f"removed nothing, for what is pinned cannot be known: {error}", is_fault=True)
