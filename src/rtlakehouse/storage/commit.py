"""Committing to one table: once, in order, fenced and durable."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.clock import Clock
from rtlakehouse.contract.floors import Floors
from rtlakehouse.errors import CommitConflictError, CorruptionError, InvariantError
from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.data_files import add_action, read_file, remove_action, write_files
from rtlakehouse.storage.durable import sync_commits, writing
from rtlakehouse.storage.live import LiveFiles
from rtlakehouse.storage.log import METADATA_KEY, Commit, DataFile, checkpointed, commit_path, follow, read_commit, write_commit
from rtlakehouse.storage.log_checkpoint import head
from rtlakehouse.storage.seals import Seals

__all__ = ["TableWriter"]

_WINDOW = "window_start"
_WINDOW_LENGTH = timedelta(minutes=1)
_NONE_SETTLED = Floors()


class TableWriter:
    """Writes one table. Not thread-safe: one thread uses it at a time.

    It stands at the version that it last saw. Two writers of one application that start from the same version cannot both
    commit: that is the fence. After any error call `reopen` and look at `progress` before trying again.
    """

    def __init__(self, definition: Table, path: Path, seals: Seals, clock: Clock) -> None:
        self.definition = definition
        self.path = path
        self._seals = seals
        self._clock = clock
        self._durable = -1
        self.reopen()

    @property
    def version(self) -> int:
        """The newest version this writer has seen."""
        return self._version

    def reopen(self) -> None:
        """Look at the table afresh."""
        try:
            self._version, self._progress = head(self.path)
        except CorruptionError as error:
            raise CorruptionError(f"{self.definition.name} cannot be read: {error}") from error
        self._live: LiveFiles | None = None

    def refresh(self) -> None:
        """Take over what others have committed since. Cheaper than `reopen`, and to be used where nothing has failed."""
        if self._is_next_cleaned_away():
            self.reopen()
        for commit in follow(self.path, self._version):
            self._take_over(commit)

    def progress(self, application: str) -> int | None:
        """The version that this application committed last, as far as this writer has seen."""
        return self._progress.get(application)

    @property
    def kept_since(self) -> Floors:
        """Since when the table keeps what happened, as far as this writer has seen."""
        return Floors.recorded(self._progress)

    def append(self, data: pa.Table, application: str, progress: int, metadata: Mapping[str, Any]) -> Commit:
        """Add rows as `application`'s step `progress`; returns the commit, not yet durable (see `seal`).

        Raises CommitConflictError where another writer of this application was faster.
        """
        return self.append_all(data, {application: progress}, metadata)

    def append_all(self, data: pa.Table, progress: Mapping[str, int], metadata: Mapping[str, Any]) -> Commit:
        """Add rows with a step of several applications in the one commit; otherwise as `append`. There may be no rows.

        Raises CommitConflictError where another writer of any of them was faster.
        """
        return self.adopt(self._write(data), progress, metadata)

    def adopt(self, paths: Sequence[Path], progress: Mapping[str, int], metadata: Mapping[str, Any]) -> Commit:
        """Add Parquet files that somebody has written below the table already; otherwise as `append_all`.

        A partition's value is in the name of the file's folder: `event_date=2026-11-25`.
        """
        with writing(self.definition.name):
            return self._commit([{"add": add_action(self.path, path)} for path in paths], "Append", progress, metadata)

    def replace(
        self,
        data: pa.Table,
        windows: Sequence[datetime],
        application: str,
        progress: int,
        metadata: Mapping[str, Any],
        settled: Floors = _NONE_SETTLED,
    ) -> Commit:
        """Replace the rows of these windows by `data`, all of which must lie in them. Otherwise as `append`.

        settled: rows of windows before these stay as they are, whatever `data` has of such.

        Raises CommitConflictError where anybody has committed since this writer last looked, InvariantError for a row outside.
        """
        replaced = pa.array(windows, self.definition.schema.field(_WINDOW).type)
        if not pc.all(pc.is_in(data[_WINDOW], replaced), min_count=0).as_py():
            raise InvariantError(f"{self.definition.name}: rows outside the windows that they were to replace were not written.")
        with writing(self.definition.name):
            removed, kept = self._without(replaced, windows, settled)
            if _may_be_settled(windows, settled):
                data = data.filter(pc.invert(_is_settled(data, settled)))
            written = [*self._write(kept), *self._write(data)]
            now = self._clock.now()
            actions = [{"remove": remove_action(file, now)} for file in removed]
            actions += [{"add": add_action(self.path, path)} for path in written]
            return self._commit(actions, "Overwrite", {application: progress}, metadata)

    def exchange(
        self,
        removes: Sequence[str],
        adds: Sequence[str],
        progress: Mapping[str, int],
        metadata: Mapping[str, Any],
        operation: str,
        *,
        same_places: bool = False,
    ) -> Commit:
        """Take live files out and put others in, which lie below the table already, in one commit; otherwise as `append_all`.

        same_places: the files that come hold the records of those that go, one for one, so whoever follows the table has nothing
        to read; what others commit meanwhile is no conflict then, while the files that go are live. Raises CommitConflictError
        where anybody has committed since this writer last looked, InvariantError for a file that is to go and was not live then.
        """
        with writing(self.definition.name):
            live, now = self._files().files, self._clock.now()
            if gone := [path for path in removes if path not in live]:
                raise InvariantError(f"{self.definition.name} has no live file {gone[0]}, which was to be replaced.")
            anew = not same_places
            actions = [{"remove": remove_action(live[path], now, data_change=anew)} for path in removes]
            actions += [{"add": add_action(self.path, self.path / path, data_change=anew)} for path in adds]
            rearranged = frozenset(removes) if same_places else frozenset()
            return self._commit(actions, "Overwrite", progress, metadata, operation, rearranged)

    @property
    def files(self) -> Mapping[str, DataFile]:
        """The live files by path, as far as this writer has seen. Raises as `Lake.files`."""
        return self._files().files

    def seal(self, commit: Commit) -> None:
        """Make the commit and those before it durable, and write down the hashes of its files. Only then may anybody be told.

        Raises WriteError where the disk refuses: whether the commit is durable is then unknown, so nobody may be told.
        """
        with writing(self.definition.name):
            sync_commits(self.path, self._durable, commit)
            self._durable = commit.version
            if commit.adds:
                self._seals.add(file.path for file in commit.adds)

    def _write(self, data: pa.Table) -> list[Path]:
        with writing(self.definition.name):
            return write_files(self.path, self.definition.conform(data), self.definition.partition_by)

    def _without(self, replaced: pa.Array, windows: Sequence[datetime], settled: Floors) -> tuple[list[DataFile], pa.Table]:
        """The live files that hold rows of these windows, and their other rows."""
        removed: list[DataFile] = []
        kept = [self.definition.schema.empty_table()]
        may_be_settled = _may_be_settled(windows, settled)
        for file, within in self._files_with(sorted(windows)):
            if not within or may_be_settled:
                rows = self.definition.conform(read_file(self.path / file.path))
                going = pc.is_in(rows[_WINDOW], replaced)
                if may_be_settled:
                    going = pc.and_not(going, _is_settled(rows, settled))
                others = rows.filter(pc.invert(going))
                if others.num_rows == rows.num_rows:
                    continue
                kept.append(others)
            removed.append(file)
        return removed, pa.concat_tables(kept)

    def _files_with(self, windows: list[datetime]) -> Iterator[tuple[DataFile, bool]]:
        """The live files that may hold rows of these windows (sorted), and whether they can hold no others."""
        for file in self._files().overlapping(_WINDOW, windows[0], windows[-1]) if windows else ():
            lowest, highest = file.lowest.get(_WINDOW, windows[0]), file.highest.get(_WINDOW, windows[-1])
            spanned = bisect_right(windows, highest) - bisect_left(windows, lowest)
            if spanned:
                yield file, _WINDOW in file.lowest and spanned == (highest - lowest) // _WINDOW_LENGTH + 1

    def _files(self) -> LiveFiles:
        if self._live is None:
            self._live = LiveFiles(self.path, self._version)
        return self._live

    def _commit(
        self,
        actions: list[dict[str, Any]],
        mode: str,
        progress: Mapping[str, int],
        metadata: Mapping[str, Any],
        operation: str = "WRITE",
        rearranged: frozenset[str] = frozenset(),
    ) -> Commit:
        """rearranged: files whose rows this commit only puts into others; while they are live it may come after any other."""
        transactions = [{"txn": {"appId": application, "version": step}} for application, step in progress.items()]
        entry = [{"commitInfo": self._info(operation, mode, metadata)}, *transactions, *actions]
        while True:
            if self._is_next_cleaned_away():
                self._catch_up(mode, progress)
            try:
                made = write_commit(self.path, self._version + 1, entry)
            except FileExistsError:
                self._give_way(mode, progress, rearranged)
            else:
                self._take_over(made)
                return made

    def _info(self, operation: str, mode: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "timestamp": int(self._clock.now().timestamp() * 1000),
            "operation": operation,
            "operationParameters": {"mode": mode},
            "isBlindAppend": mode == "Append",
            "engineInfo": "rtlakehouse",
            METADATA_KEY: msgspec.json.encode(metadata).decode(),
        }

    def _is_next_cleaned_away(self) -> bool:
        """Whether the next version was made and its entry removed since: one that took its name would be read by nobody."""
        return checkpointed(self.path) > self._version and not commit_path(self.path, self._version + 1).exists()

    def _catch_up(self, mode: str, progress: Mapping[str, int]) -> None:
        """Go on at the newest version, where adding rows there is the same as where this writer stood."""
        stood, before = self._version, {application: self.progress(application) for application in progress}
        self.reopen()
        if mode != "Append" or any(self.progress(application) != step for application, step in before.items()):
            raise CommitConflictError(f"{self.definition.name}: others have committed since version {stood}.")

    def _give_way(self, mode: str, progress: Mapping[str, int], rearranged: frozenset[str]) -> None:
        """Step over the commit that somebody else made meanwhile, where ours after it does the same as before it."""
        other = read_commit(self.path, self._version + 1)
        if other is None:
            return
        if not _is_same_after(other, mode, progress, rearranged):
            raise CommitConflictError(f"{self.definition.name}: another writer committed first (version {self._version + 1}).")
        self._take_over(other)

    def _take_over(self, commit: Commit) -> None:
        self._version = commit.version
        self._progress |= commit.transactions
        if self._live is not None:
            self._live.apply(commit)


def _may_be_settled(windows: Sequence[datetime], settled: Floors) -> bool:
    return settled.latest is not None and min(windows, default=settled.latest) < settled.latest


def _is_settled(rows: pa.Table, settled: Floors) -> pa.ChunkedArray:
    return settled.older(rows["tenant_id"], rows[_WINDOW])


def _is_same_after(other: Commit, mode: str, progress: Mapping[str, int], rearranged: frozenset[str]) -> bool:
    """Whether a commit that adds rows, or rearranges files, does the same after another one as before it."""
    if other.redefines or other.transactions.keys() & progress.keys():
        return False
    return mode == "Append" or (bool(rearranged) and rearranged.isdisjoint(other.removes))
