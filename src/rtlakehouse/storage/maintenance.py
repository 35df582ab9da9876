"""Upkeep: compaction, checkpoints, log clean-up, vacuum. Small and often, between two batches, under the engine lock.

A commit's time grows with the table's live files and with the entries of its log (measured: 190 ms for a tiny append at 1,600
files; 54 ms at 40,000 log entries), so keeping both bounded is part of writing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, WriterProperties
from deltalake.exceptions import CommitFailedError

from rtlakehouse.clock import Clock
from rtlakehouse.errors import StoreError
from rtlakehouse.failpoints import failpoint
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.table import Kind
from rtlakehouse.settings import Settings
from rtlakehouse.storage.durable import sync_commits, sync_paths, writing
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.leases import Leases
from rtlakehouse.storage.log import DataFile, commit_path, follow, log_dir, read_commit
from rtlakehouse.storage.vacuumed import Vacuumed, nothing_removed, write_vacuumed

__all__ = ["FIRST_TIER_BYTES", "Act", "Limits", "Maintenance", "Outcome"]

_MB = 1 << 20
_PARQUET = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=122_880)
_NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
# Delta's default: so long a checkpoint remembers which files were removed. A file that nothing remembers any more was removed
# before that, or never committed; only a full vacuum finds it, by its own age, which would be wrong for a longer retention.
_REMEMBERED_HOURS = 7 * 24
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


Act = Callable[[], list[Outcome]]


class Maintenance:
    """Upkeep of a lake. Every method may be called at any time between two batches by the holder of the engine lock.

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
        return [outcome for act in self.acts(table) for outcome in act()]

    def acts(self, table: str) -> list[Act]:
        """The parts of `run`, in order: whoever does one between two batches keeps none of them waiting for long."""

        def named(act: Callable[[str], list[Outcome]]) -> list[Outcome]:
            with writing(table):
                return act(table)

        return [partial(named, act) for act in (self.compact, self.checkpoint, self.clean_log)]

    def compact(self, table: str, *, dry_run: bool = False) -> list[Outcome]:
        """Gather small files: up to the first tier often, and the files of that tier up to the target size when many."""
        files = self._lake.files(table).values()
        first = FIRST_TIER_BYTES[TABLES[table].kind]
        target = self._limits.target_bytes
        small = _fitting((file for file in files if file.size_bytes < first), first)
        medium = _fitting((file for file in files if first <= file.size_bytes < target), target)
        if medium >= self._limits.compact_files // 2:
            return self._optimize(table, target, small + medium, dry_run)
        if small >= min(self._limits.compact_files, 10):
            return self._optimize(table, first, small, dry_run)
        return []

    def checkpoint(self, table: str, *, dry_run: bool = False) -> list[Outcome]:
        """Write a checkpoint at the newest version and see that the table opens from it."""
        path = self._lake.path(table)
        # The gateway appends to bronze meanwhile: what is checkpointed is the version that this handle read, not the newest.
        handle = DeltaTable(path)
        version = handle.version()
        if dry_run or version == self._last_checkpoint(table):
            return [Outcome(table, "checkpoint", f"would write version {version}")] if dry_run else []
        handle.create_checkpoint()
        log = log_dir(path)
        sync_paths([log / f"{version:020d}.checkpoint.parquet", log / "_last_checkpoint", log])
        failpoint("after_checkpoint")
        DeltaTable(path, version=version)
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
            kept = sorted(set(pinned).intersection(self._lake.versions(table)))
            removed = self._vacuum(table, kept, self._retention(table, retention), dry_run)
        if not dry_run:
            failpoint("after_vacuum")
            self._forget_seals(table)
        return [Outcome(table, "vacuum", f"{'would delete' if dry_run else 'deleted'} {len(removed):,} files")] if removed else []

    def _vacuum(self, table: str, kept: list[int], hours: int, dry_run: bool) -> list[str]:
        if not dry_run:
            write_vacuumed(self._lake, table, Vacuumed(self._clock.now() - timedelta(hours=hours), tuple(kept)))
        return DeltaTable(self._lake.path(table)).vacuum(
            retention_hours=hours,
            dry_run=dry_run,
            enforce_retention_duration=False,
            post_commithook_properties=_NO_HOOKS,
            keep_versions=kept or None,
            full=0 < hours <= _REMEMBERED_HOURS,
        )

    def _retention(self, table: str, wanted: timedelta | None) -> int:
        """How many hours what was removed stays: as long as is wanted, and as a reader's lease asks for."""
        keep = self._limits.retention if wanted is None else wanted
        if (horizon := self._lease_horizon(table)) is not None:
            keep = max(keep, self._clock.now() - horizon + timedelta(hours=1))
        return -(-keep // timedelta(hours=1))

    def _optimize(self, table: str, target_bytes: int, files: int, dry_run: bool) -> list[Outcome]:
        if dry_run:
            return [Outcome(table, "compact", f"would gather {files:,} files")]
        path = self._lake.path(table)
        handle = DeltaTable(path)
        before = handle.version()
        failpoint("before_compaction")
        try:
            metrics = handle.optimize.compact(
                target_size=target_bytes,
                writer_properties=_PARQUET,
                post_commithook_properties=_NO_HOOKS,
                commit_properties=CommitProperties(max_commit_retries=0),
            )
        except CommitFailedError:
            return [Outcome(table, "compact", "another commit came first; it is tried again later")]
        failpoint("after_compaction")
        self._seal(table, before)
        return [Outcome(table, "compact", f"{metrics['numFilesRemoved']} files into {metrics['numFilesAdded']}")]

    def _seal(self, table: str, after: int) -> None:
        path = self._lake.path(table)
        for commit in follow(path, after):
            if not commit.data_change:
                sync_commits(path, -1, commit)
                self._lake.seals(table).add(file.path for file in commit.adds)

    def _forget_seals(self, table: str) -> None:
        """Forget the seals of deleted files, not that of a live file that is missing: it says that the file was acknowledged."""
        path, seals, live = self._lake.path(table), self._lake.seals(table), self._lake.files(table)
        seals.forget(name for name in seals.read() if name not in live and not (path / name).exists())

    def _lease_horizon(self, table: str) -> datetime | None:
        held = [version for version in (self._leases.oldest(table), self._waiting_from(table)) if version is not None]
        commit = read_commit(self._lake.path(table), min(held)) if held else None
        return commit.timestamp if commit else None

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
        return max(_checkpoints(log_dir(self._lake.path(table))), default=0)

    def _doomed_entries(self, table: str, pinned: Collection[int]) -> list[Path]:
        log = log_dir(self._lake.path(table))
        checkpoints = sorted(_checkpoints(log))
        if not checkpoints:
            return []
        newest = checkpoints[-1] - self._limits.log_commits
        if table == "bronze.events":
            # What the engine has not taken yet it finds by these entries, however many they are.
            newest = min(newest, self._lake.processed())
        if (leased := self._leases.oldest(table)) is not None:
            # Vacuum dates a lease by the entry of its version.
            newest = min(newest, leased)
        floor = max((v for v in checkpoints if v <= newest), default=None)
        if floor is None:
            return []
        kept = self._history(log, [version for version in checkpoints if version < floor]) | _leading_to(pinned, checkpoints)
        entries = [path for path in log.glob("[0-9]*") if int(path.name[:20]) < floor]
        return [path for path in entries if int(path.name[:20]) not in kept]

    def _history(self, log: Path, versions: list[int]) -> set[int]:
        """Of the checkpoints before the detailed log, the last of each step of the history, as far as it is kept."""
        last_of_step: dict[int, int] = {}
        for version in versions:
            written = (log / f"{version:020d}.checkpoint.parquet").stat().st_mtime
            if written >= self._clock.now().timestamp() - self._limits.retention.total_seconds():
                last_of_step[int(written // self._limits.history_step.total_seconds())] = version
        return set(last_of_step.values())


def _fitting(files: Iterable[DataFile], target_bytes: int) -> int:
    """How many of these files fit into one of that size with another of their partition: only such are ever gathered."""
    by_partition: dict[tuple[str | None, ...], list[int]] = {}
    for file in files:
        by_partition.setdefault(tuple(file.partition.values()), []).append(file.size_bytes)
    return sum(_fitting_sizes(sorted(sizes), target_bytes) for sizes in by_partition.values())


def _fitting_sizes(sizes: list[int], target_bytes: int) -> int:
    with_smallest = sum(sizes[0] + size <= target_bytes for size in sizes[1:])
    return with_smallest + 1 if with_smallest else 0


def _checkpoints(log: Path) -> list[int]:
    return [int(path.name[:20]) for path in log.glob("[0-9]*.checkpoint.parquet")]


def _leading_to(versions: Collection[int], checkpoints: list[int]) -> set[int]:
    """The versions from the checkpoint before each of these, or from the first version, up to it: what it is read from."""
    starts = {version: max((c for c in checkpoints if c <= version), default=0) for version in versions}
    return {passed for version, start in starts.items() for passed in range(start, version + 1)}


def _refrained(table: str, action: str, error: StoreError) -> Outcome:
    return Outcome(table, action, f"removed nothing, for what is pinned cannot be known: {error}", is_fault=True)
